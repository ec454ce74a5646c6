#include "base/new_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/error.hpp"
#include "base/holder_test_support.hpp"
#include "base/host_name.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

class NewFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  void make(const fs::path& path) const {
    NewFolder folder(path, "--output");
    std::ofstream(folder.path() / "file") << "text";
    folder.finish();
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(root_), fs::directory_iterator()));
  }
  static void expect_refused(const fs::path& path) { expect_refused(path, path.string()); }
  static void expect_refused(const fs::path& path, const std::string& named) {
    try {
      const NewFolder folder(path, "--output");
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_NE(std::string(error.what()).find("--output " + named), std::string::npos) << error.what();
    }
  }

  // As a run of that process would have left it.
  fs::path leave_unfinished(const std::string& host, pid_t pid) const {
    const fs::path folder = root_ / fmt::format("new.hone-new-{}-{}", host, pid);
    fs::create_directories(folder);
    std::ofstream(folder / "stale") << "text";
    return folder;
  }

  fs::path root_;
};

// A number that no process has any more.
pid_t ended_process() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  return pid;
}

TEST_F(NewFolderTest, AppearsUnderItsNameWhenItIsFinished) {
  {
    NewFolder folder(root_ / "new", "--output");
    std::ofstream(folder.path() / "file") << "text";
    EXPECT_FALSE(fs::exists(root_ / "new"));
    folder.finish();
  }
  EXPECT_TRUE(fs::exists(root_ / "new" / "file"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(NewFolderTest, LeavesNothingWhenItIsNotFinished) {
  {
    const NewFolder folder(root_ / "new", "--output");
    std::ofstream(folder.path() / "file") << "text";
  }
  EXPECT_EQ(entries(), 0U);
}

TEST_F(NewFolderTest, TakesThePlaceOfAnEmptyFolder) {
  fs::create_directory(root_ / "empty");
  make(root_ / "empty" / "");
  EXPECT_TRUE(fs::exists(root_ / "empty" / "file"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(NewFolderTest, MakesTheFoldersAboveIt) {
  make(root_ / "a" / "b" / "c");
  EXPECT_TRUE(fs::exists(root_ / "a" / "b" / "c" / "file"));
}

TEST_F(NewFolderTest, FollowsALinkToAnEmptyFolder) {
  fs::create_directory(root_ / "empty");
  fs::create_directory_symlink(root_ / "empty", root_ / "link");
  make(root_ / "link");
  EXPECT_TRUE(fs::is_symlink(root_ / "link"));
  EXPECT_TRUE(fs::exists(root_ / "empty" / "file"));
}

TEST_F(NewFolderTest, MakesWhatALinkLeadsToThatIsNotThereYet) {
  fs::create_directory_symlink("disk/model", root_ / "link");
  make(root_ / "link" / "");
  EXPECT_TRUE(fs::is_symlink(root_ / "link"));
  EXPECT_TRUE(fs::exists(root_ / "disk" / "model" / "file"));
  EXPECT_EQ(entries(), 2U);
}

TEST_F(NewFolderTest, ADotStandsForTheFolderItself) {
  fs::create_directory(root_ / "empty");
  make(root_ / "empty" / ".");
  EXPECT_TRUE(fs::exists(root_ / "empty" / "file"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(NewFolderTest, RefusesTheWorkingFolderAndLinksInACircleBeforeAnyWork) {
  fs::create_directory(root_ / "work");
  fs::create_directory_symlink("circle", root_ / "circle");
  const fs::path before = fs::current_path();
  fs::current_path(root_ / "work");
  expect_refused(".", (root_ / "work").string());
  expect_refused(root_ / "work");
  fs::current_path(before);
  expect_refused(root_ / "circle");
  EXPECT_EQ(entries(), 2U);
}

TEST_F(NewFolderTest, LeavesNoFolderAboveItWhenItIsNotFinished) {
  fs::create_directory(root_ / "a");
  { const NewFolder folder(root_ / "a" / "b" / "c" / "new", "--output"); }
  EXPECT_TRUE(fs::exists(root_ / "a") && fs::is_empty(root_ / "a"));
  {
    const NewFolder folder(root_ / "a" / "b" / "new", "--output");
    std::ofstream(root_ / "a" / "b" / "of another") << "text";
  }
  EXPECT_TRUE(fs::exists(root_ / "a" / "b" / "of another"));
  EXPECT_THROW(make(root_ / "x" / "y" / std::string(250, 'n')), Error);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(NewFolderTest, AnotherOneOfTheNameIsRefusedWhileThisOneIsMadeAndNamesIt) {
  fs::create_directory_symlink("new", root_ / "link");
  {
    NewFolder first(root_ / "new", "--output");
    std::ofstream(first.path() / "file") << "first";
    EXPECT_NO_THROW(make(root_ / "other"));
    try {
      const NewFolder second(root_ / "link", "--output");
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      const std::string line = error.what();
      EXPECT_NE(line.find(fmt::format("process {} on {}", ::getpid(), host_name())), std::string::npos)
          << line;
    }
    first.finish();
  }
  EXPECT_EQ(entries(), 3U);
  expect_refused(root_ / "new");
}

TEST_F(NewFolderTest, TheNameOfOneThatWasNotFinishedIsFreeAtOnce) {
  { const NewFolder broken_off(root_ / "new", "--output"); }
  make(root_ / "new");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(NewFolderTest, OneThatIsWaitedForAndEndsLeavesNoRoomForAnother) {
  const pid_t child = hold_until_waited_for(
      root_ / "new.hone-work" / "run.lock", [this] { return NewFolder(root_ / "new", "--output"); },
      [](NewFolder& folder) {
        std::ofstream(folder.path() / "file") << "text";
        folder.finish();
      });
  expect_refused(root_ / "new");
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(fs::exists(root_ / "new" / "file"));
}

TEST_F(NewFolderTest, RemovesWhatKilledRunsOfThisHostLeftAndNothingElse) {
  const fs::path dead = leave_unfinished(host_name(), ended_process()),
                 reused = leave_unfinished(host_name(), ::getpid()),
                 alive = leave_unfinished(host_name(), ::getppid()),
                 elsewhere = leave_unfinished("far-away", ended_process()), other = root_ / "new.hone-new-1x";
  fs::create_directory(other);
  testing::internal::CaptureStderr();
  make(root_ / "new");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_FALSE(fs::exists(reused));
  EXPECT_FALSE(fs::exists(root_ / "new" / "stale"));
  EXPECT_TRUE(fs::exists(alive / "stale"));
  EXPECT_TRUE(fs::exists(elsewhere / "stale"));
  EXPECT_TRUE(fs::exists(other));
  EXPECT_NE(said.find("removing " + dead.string()), std::string::npos) << said;
  EXPECT_NE(said.find(elsewhere.string()), std::string::npos) << said;
  EXPECT_EQ(said.find(alive.string()), std::string::npos) << said;
}

TEST_F(NewFolderTest, RefusesWhatIsThere) {
  fs::create_directory(root_ / "full");
  std::ofstream(root_ / "full" / "file") << "text";
  expect_refused(root_ / "full");
  expect_refused(root_ / "full" / "file");
  expect_refused(root_ / "full" / "file" / "below");
}

}  // namespace
}  // namespace hone
