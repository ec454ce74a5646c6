#include "preprocess/line_reader.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.hpp"

namespace hone {
namespace {

std::filesystem::path file_with(const std::string& bytes) {
  const auto path = std::filesystem::path(testing::TempDir()) / "lines.jsonl";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(LineReader, BlocksHoldWholeLinesAndTellWhereTheyStand) {
  std::string bytes;
  for (int i = 0; i < 50000; ++i) bytes += std::string(static_cast<std::size_t>(i % 97), 'x') + "\n";
  bytes += "last, without a line break";
  LineReader reader(file_with(bytes), 3);
  std::string joined;
  std::uint64_t lines = 0;
  for (LineBlock block; reader.next(block);) {
    EXPECT_EQ(block.file, 3u);
    EXPECT_EQ(block.first_byte, joined.size());
    EXPECT_EQ(block.first_line, lines + 1);
    joined += block.text;
    lines += static_cast<std::uint64_t>(std::count(block.text.begin(), block.text.end(), '\n'));
    EXPECT_TRUE(block.text.ends_with('\n') || joined.size() == bytes.size());
  }
  EXPECT_EQ(joined, bytes);
  EXPECT_EQ(reader.sha256(), sha256_of(bytes));
}

TEST(LineReader, ALineLongerThanABlockStaysWhole) {
  const std::string bytes = "a\n" + std::string(std::size_t{5} << 20, 'x') + "\nb\n";
  LineReader reader(file_with(bytes), 0);
  std::string joined;
  for (LineBlock block; reader.next(block); joined += block.text) EXPECT_TRUE(block.text.ends_with('\n'));
  EXPECT_EQ(joined, bytes);
}

TEST(LineReader, AByteOrderMarkIsSkippedAndCountedInOffsets) {
  LineReader reader(file_with("\xEF\xBB\xBF{}\n"), 0);
  LineBlock block;
  ASSERT_TRUE(reader.next(block));
  EXPECT_EQ(block.text, "{}\n");
  EXPECT_EQ(block.first_byte, 3u);
}

std::string refusal_of(const std::filesystem::path& path) {
  try {
    const LineReader reader(path, 0);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    return error.what();
  }
  return "";
}

TEST(LineReader, WhatIsNoFileIsRefusedBeforeItIsOpened) {
  const auto pipe = std::filesystem::path(testing::TempDir()) / "lines.fifo";
  std::filesystem::remove(pipe);
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(refusal_of(pipe).find("not a regular file"), std::string::npos);
  EXPECT_NE(refusal_of(testing::TempDir()).find("not a regular file"), std::string::npos);
  std::filesystem::remove(pipe);
  EXPECT_NE(refusal_of(pipe).find("No such file"), std::string::npos);
}

TEST(LineReader, AJsonArrayAndACompressedFileAreRefused) {
  LineBlock block;
  LineReader array(file_with("\n  [\n {}\n]\n"), 0);
  EXPECT_THROW(array.next(block), Error);
  EXPECT_THROW(LineReader(file_with("\x1F\x8B\x08"), 0), Error);
}

}  // namespace
}  // namespace hone
