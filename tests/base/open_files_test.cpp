#include "base/open_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/file_pieces.hpp"
#include "base/program.hpp"

namespace hone {
namespace {

class OpenFiles : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0); }
  void TearDown() override { ::setrlimit(RLIMIT_NOFILE, &before_); }

  void set_soft_limit(rlim_t files) const {
    const rlimit lowered{files, before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);
  }
  static rlim_t soft_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  }

  rlimit before_{};
};

TEST_F(OpenFiles, EveryProgramMayOpenAsManyAsItsHardLimitLets) {
  set_soft_limit(64);
  EXPECT_EQ(run_program({"hone-x"},
                        [&] {
                          EXPECT_EQ(soft_limit(), std::min<rlim_t>(before_.rlim_max, 65'536));
                          return ExitCode::kDone;
                        }),
            0);
}

TEST_F(OpenFiles, WhatTheSystemSaysWhenThereAreTooManyIsKnown) {
  set_soft_limit(1);
  ASSERT_EQ(::open("/dev/null", O_RDONLY), -1);
  EXPECT_TRUE(is_lack_of_open_files(std::strerror(errno)));
  EXPECT_FALSE(is_lack_of_open_files(std::strerror(ENOENT)));
}

TEST_F(OpenFiles, AFileThatCantBeOpenedForThatReasonIsNoWrongInput) {
  set_soft_limit(1);
  std::string text;
  try {
    read_in_pieces("/dev/null", [](std::string_view) {});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kRunTimeFailure);
    text = error.what();
  }
  EXPECT_NE(text.find("can't open /dev/null (Too many open files)"), std::string::npos) << text;
}

}  // namespace
}  // namespace hone
