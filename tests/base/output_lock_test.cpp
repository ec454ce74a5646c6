#include "base/output_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace hone {
namespace {

class OutputLockTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Locks are of open files, so two in one process exclude each other as two processes do.
  std::string refusal() const {
    try {
      const OutputLock second(folder_, {"n2", 5, "", "now"}, {kNone, kNone});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      return error.what();
    }
    return "";
  }

  static constexpr std::chrono::milliseconds kNone{0};
  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("hone-lock-" + std::to_string(::getpid()));
};

TEST_F(OutputLockTest, ASecondHolderIsRefusedAndTheFirstIsNamed) {
  const OutputLock first(folder_, {"nid0012", 4711, "98765", "2026-01-02 03:04:05"});
  const std::string text = refusal();
  const std::vector<std::string> words = {folder_.string(), "process 4711", "nid0012", "job 98765",
                                          "2026-01-02 03:04:05"};
  for (const std::string& word : words) {
    EXPECT_NE(text.find(word), std::string::npos) << word << " is not in " << text;
  }
}

TEST_F(OutputLockTest, TheFolderIsFreeWhenTheHolderEnds) {
  std::optional<OutputLock> first(std::in_place, folder_, LockHolder{"n1", 1, "", "then"});
  EXPECT_NE(refusal(), "");
  first.reset();
  EXPECT_EQ(refusal(), "");
}

TEST_F(OutputLockTest, AKilledHolderLeavesNothingThatNeedsAHand) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const OutputLock held(folder_, this_process("n1"));
    [[maybe_unused]] const ssize_t told = ::write(ready[1], "x", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_NE(refusal().find("process " + std::to_string(child)), std::string::npos);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / kOutputLock));
  EXPECT_EQ(refusal(), "");
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(OutputLockTest, AFileThatWasRemovedOrReplacedIsKnownToLockNothing) {
  const OutputLock first(folder_, {"n1", 1, "", "then"});
  EXPECT_TRUE(first.has_its_name());
  std::filesystem::remove(folder_ / kOutputLock);
  EXPECT_FALSE(first.has_its_name());
  const OutputLock second(folder_, {"n1", 2, "", "now"});
  EXPECT_FALSE(first.has_its_name());
  EXPECT_TRUE(second.has_its_name());
}

TEST_F(OutputLockTest, AFileThatSaysNothingUsefulIsNoReasonToFail) {
  std::ofstream(folder_ / kOutputLock) << R"({"host": 7, "pid": "x")";
  EXPECT_EQ(refusal(), "");
  const OutputLock first(folder_, {"n1", 1, "", "then"});
  std::ofstream(folder_ / kOutputLock) << "[]";
  EXPECT_NE(refusal().find("another job works in"), std::string::npos);
}

TEST_F(OutputLockTest, AJobOfABatchSystemIsNamedByItsNumber) {
  ::setenv("SLURM_JOB_ID", "31", 1);
  EXPECT_EQ(this_process("n1").job, "31");
  ::unsetenv("SLURM_JOB_ID");
  EXPECT_EQ(this_process("n1").pid, ::getpid());
}

}  // namespace
}  // namespace hone
