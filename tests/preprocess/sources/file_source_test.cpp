#include "preprocess/sources/file_source.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <optional>

#include "base/error.hpp"

namespace hone {
namespace {

std::optional<ExitCode> code_of(const std::string& path, Look look) {
  try {
    const FileSource source(path, look);
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

// With no file left to open.
std::optional<ExitCode> code_without_files(const std::string& path, Look look) {
  rlimit before{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lowered{1, before.rlim_max};
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);
  const auto code = code_of(path, look);
  ::setrlimit(RLIMIT_NOFILE, &before);
  return code;
}

TEST(FileSource, WhatIsGoneIsBadDataAtAnyLook) {
  const std::string gone = testing::TempDir() + "/hone-no-such-file";
  EXPECT_EQ(code_of(gone, Look::kFirst), ExitCode::kData);
  EXPECT_EQ(code_of(gone, Look::kLater), ExitCode::kData);
  EXPECT_EQ(code_of(gone + "/" + std::string(300, 'x'), Look::kLater), ExitCode::kData);
}

TEST(FileSource, WhatMayPassIsNoBadDataOnceTheFileCouldBeOpened) {
  EXPECT_EQ(code_of("/proc/self/exe", Look::kLater), std::nullopt);
  EXPECT_EQ(code_without_files("/proc/self/exe", Look::kFirst), ExitCode::kData);
  EXPECT_EQ(code_without_files("/proc/self/exe", Look::kLater), ExitCode::kRunTimeFailure);
}

}  // namespace
}  // namespace hone
