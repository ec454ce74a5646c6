// What an output's name means, on links and folders made for it.
#include "base/output_name.hpp"

#include "base/base_test_support.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

class NamedFolder : public Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    fs::create_directory(folder() / "real");
  }
};

/// Goes back to the folder that the test program was in.
class WorkingFolder {
 public:
  explicit WorkingFolder(const fs::path& path) { fs::current_path(path); }
  ~WorkingFolder() { fs::current_path(before_); }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

 private:
  fs::path before_ = fs::current_path();
};

TEST_F(NamedFolder, IsTheNameItselfWhereItIsPlain) {
  EXPECT_EQ(named_folder("new"), "new");
  EXPECT_EQ(named_folder("a/../new"), "a/../new");
  EXPECT_EQ(named_folder(folder() / "real"), folder() / "real");
}

TEST_F(NamedFolder, LosesTheSlashesAtItsEnd) {
  EXPECT_EQ(named_folder("new/"), "new");
  EXPECT_EQ(named_folder("new//"), "new");
  EXPECT_EQ(named_folder(folder() / "real" / ""), folder() / "real");
  EXPECT_EQ(named_folder("/"), "/");
}

TEST_F(NamedFolder, IsTheFolderThatDotsAtItsEndStandFor) {
  fs::create_directory(folder() / "real" / "below");
  const fs::path real = fs::canonical(folder() / "real");
  EXPECT_EQ(named_folder(folder() / "real" / "."), real);
  EXPECT_EQ(named_folder(folder() / "real" / "./"), real);
  EXPECT_EQ(named_folder(folder() / "real" / "below" / ".."), real);
}

TEST_F(NamedFolder, OfALinkIsWhatAllLinksLeadToReadFromWhereEachLies) {
  fs::create_directory(folder() / "links");
  fs::create_directory_symlink("links/second", folder() / "first");
  fs::create_directory_symlink("../real", folder() / "links" / "second");
  EXPECT_TRUE(fs::equivalent(named_folder(folder() / "first"), folder() / "real"));
  EXPECT_FALSE(fs::is_symlink(named_folder(folder() / "first")));
  EXPECT_EQ(named_folder(folder() / "first" / ""), named_folder(folder() / "first"));
}

TEST_F(NamedFolder, OfALinkNeedNotBeThereYet) {
  fs::create_directory_symlink("disk/model", folder() / "relative");
  fs::create_directory_symlink("/nowhere/model", folder() / "absolute");
  EXPECT_EQ(named_folder(folder() / "relative"), folder() / "disk" / "model");
  EXPECT_EQ(named_folder(folder() / "absolute"), "/nowhere/model");
}

TEST_F(NamedFolder, FollowsFortyLinksAsTheKernelDoesAndNoMore) {
  const auto name = [](int i) { return "link-" + std::to_string(i); };
  fs::create_directory_symlink("real", folder() / name(0));
  for (int i = 1; i <= 40; ++i) fs::create_directory_symlink(name(i - 1), folder() / name(i));
  EXPECT_TRUE(fs::is_directory(folder() / name(39)));  // the kernel's own answer: 40 links
  EXPECT_EQ(named_folder(folder() / name(39)), folder() / "real");
  EXPECT_TRUE(fs::is_symlink(named_folder(folder() / name(40))));
}

TEST_F(NamedFolder, OfACircleOfLinksIsALinkStillThatIsRefused) {
  fs::create_directory_symlink("other", folder() / "circle");
  fs::create_directory_symlink("circle", folder() / "other");
  const fs::path found = named_folder(folder() / "circle");
  const std::string line = refusal(ExitCode::kUsage, [&] { require_renamable(found, "--output"); });
  EXPECT_NE(line.find("--output " + found.string() + " can't be followed"), std::string::npos) << line;
}

TEST_F(NamedFolder, IsWhatNamesBesideItGoBy) {
  fs::create_directory_symlink("disk/model", folder() / "link");
  for (const char* const name : {"link", "link/", "disk/model", "disk/model//"})
    EXPECT_EQ(beside(folder() / name, ".log"), folder() / "disk" / "model.log");
  EXPECT_EQ(work_path("new/"), "new.hone-work");
}

TEST_F(NamedFolder, CanonicalPathsAreEqualForAllNamesOfAPlaceThatNeedNotBeThere) {
  fs::create_directory_symlink("real", folder() / "link");
  const fs::path there = fs::canonical(folder() / "real") / "new" / "folder";
  EXPECT_EQ(canonical_path(folder() / "link" / "new" / "folder"), there);
  EXPECT_EQ(canonical_path(folder() / "real" / "new" / "." / "x" / ".." / "folder"), there);
  const WorkingFolder within(folder() / "real");
  EXPECT_EQ(canonical_path("new/folder"), there);
}

TEST_F(NamedFolder, ACanonicalPathThroughACircleIsTheNameAsItIsWritten) {
  fs::create_directory_symlink("circle", folder() / "circle");
  EXPECT_EQ(canonical_path(folder() / "circle" / "x" / ".." / "new"), folder() / "circle" / "new");
}

TEST_F(NamedFolder, TheWorkingFolderCanTBeReplacedByWhateverNameItIsCalled) {
  fs::create_directory_symlink("real", folder() / "link");
  fs::create_directory(folder() / "real" / "below");
  const WorkingFolder within(folder() / "real");
  for (const fs::path& name : {fs::path("."), folder() / "real", named_folder(folder() / "link")}) {
    const std::string line = refusal(ExitCode::kUsage, [&] { require_renamable(name, "--output"); });
    EXPECT_NE(line.find("the folder that this program runs in"), std::string::npos) << line;
  }
  EXPECT_NO_THROW(require_renamable("below", "--output"));
  EXPECT_NO_THROW(require_renamable("new", "--output"));
}

TEST(RequireRenamable, RefusesAMountPointAndNothingInIt) {
  for (const char* const mounted : {"/proc", "/"}) {
    const std::string line = refusal(ExitCode::kUsage, [&] { require_renamable(mounted, "--output"); });
    EXPECT_NE(line.find("mount point"), std::string::npos) << line;
  }
  EXPECT_NO_THROW(require_renamable("/proc/self/", "--output"));
  EXPECT_NO_THROW(require_renamable("/nowhere", "--output"));
}

}  // namespace
}  // namespace hone
