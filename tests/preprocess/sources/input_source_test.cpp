#include "preprocess/sources/input_source.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"

namespace hone {
namespace {

std::filesystem::path file_with(const std::string& bytes) {
  const auto path = std::filesystem::path(testing::TempDir()) / ("hone-source-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string read_whole(InputSource& source) {
  std::string text;
  char buffer[1000];
  while (const std::size_t got = source.read(buffer, sizeof buffer)) text.append(buffer, got);
  return text;
}

TEST(InputSource, GivesTheTextOfAFileAndTheHashOfItsBytes) {
  const std::string text = "\xEF\xBB\xBF \n{}\n" + std::string(200'000, 'x');
  InputSource source(file_with(text));
  EXPECT_TRUE(source.beginning().starts_with("{}\nx"));
  EXPECT_EQ(source.first_byte(), 3U);
  EXPECT_EQ(read_whole(source), text.substr(3));
  EXPECT_EQ(source.file_size(), text.size());
  EXPECT_EQ(source.file_bytes_read(), text.size());
  EXPECT_EQ(source.sha256(), sha256_of(text));
}

TEST(InputSource, AnEmptyFileIsAnEmptyText) {
  InputSource source(file_with(""));
  EXPECT_EQ(source.beginning(), "");
  EXPECT_EQ(read_whole(source), "");
  EXPECT_EQ(source.sha256(), sha256_of(""));
}

TEST(InputSource, WhatIsPackedIsKnownByItsFirstBytesAndHashedAsItLies) {
  const std::string packed("\x28\xB5\x2F\xFD\x00\x58\x61\x00\x00hello\nworld\n", 21);
  InputSource source(file_with(packed));
  EXPECT_EQ(source.beginning(), "hello\nworld\n");
  EXPECT_EQ(read_whole(source), "hello\nworld\n");
  EXPECT_EQ(source.file_bytes_read(), packed.size());
  EXPECT_EQ(source.sha256(), sha256_of(packed));
}

std::string refusal_of(const std::filesystem::path& path) {
  try {
    const InputSource source(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    return error.what();
  }
  return "";
}

TEST(InputSource, WhatIsNoFileIsRefusedBeforeItIsOpened) {
  const auto pipe = std::filesystem::path(testing::TempDir()) / ("hone-fifo-" + std::to_string(::getpid()));
  std::filesystem::remove(pipe);
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(refusal_of(pipe).find("not a regular file"), std::string::npos);
  EXPECT_NE(refusal_of(testing::TempDir()).find("not a regular file"), std::string::npos);
  std::filesystem::remove(pipe);
  EXPECT_NE(refusal_of(pipe).find("No such file"), std::string::npos);
}

TEST(InputSource, FilesOfOtherKindsAreNamed) {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> table = {
      {"PK\x03\x04...."s, "zip"},       {"BZh9...."s, "bzip2"},   {"\xFD\x37zXZ\0.."s, "xz"},
      {"PAR1...."s, "Parquet"},         {"ARROW1\0\0"s, "Arrow"}, {"\x89HDF\r\n\x1A\n"s, "HDF5"},
      {"\xFF\xFE{\0}\0\n\0"s, "UTF-16"}};
  for (const auto& [bytes, kind] : table)
    EXPECT_NE(refusal_of(file_with(bytes)).find(kind), std::string::npos) << kind;
}

}  // namespace
}  // namespace hone
