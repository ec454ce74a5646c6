#include "base/new_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.hpp"

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
  void expect_refused(const fs::path& path) const {
    try {
      const NewFolder folder(path, "--output");
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_NE(std::string(error.what()).find("--output " + path.string()), std::string::npos)
          << error.what();
    }
  }

  fs::path root_;
};

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

TEST_F(NewFolderTest, RefusesWhatIsThere) {
  fs::create_directory(root_ / "full");
  std::ofstream(root_ / "full" / "file") << "text";
  expect_refused(root_ / "full");
  expect_refused(root_ / "full" / "file");
  expect_refused(root_ / "full" / "file" / "below");
}

}  // namespace
}  // namespace hone
