#include "base/folder_lock.hpp"

#include <sys/wait.h>

#include "base/base_test_support.hpp"
#include "base/holder_test_support.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;
using Sharing = OutputLock::Sharing;

using FolderLock = Folder;

TEST_F(FolderLock, MakesTheFolderWithThoseAboveItAndLeavesItThere) {
  lock_folder(folder() / "a" / "b").reset();
  EXPECT_TRUE(fs::is_directory(folder() / "a" / "b"));
}

TEST_F(FolderLock, KeepsOthersOutUnlessAllShareIt) {
  {
    const auto one = lock_folder(folder() / "a", Sharing::kWithOthers);
    EXPECT_NO_THROW(lock_folder(folder() / "a", Sharing::kWithOthers));
    const std::string line = refusal(ExitCode::kUsage, [this] { lock_folder(folder() / "a"); });
    EXPECT_NE(line.find("another job works in " + (folder() / "a").string()), std::string::npos) << line;
  }
  EXPECT_NO_THROW(lock_folder(folder() / "a"));
}

TEST_F(FolderLock, AFolderThatCanTBeMadeIsRefusedWithTheReason) {
  file("a", "");
  const std::string line = refusal(ExitCode::kUsage, [this] { lock_folder(folder() / "a" / "b"); });
  EXPECT_NE(line.find((folder() / "a" / "b").string() + " (Not a directory)"), std::string::npos) << line;
}

TEST_F(FolderLock, IsOnAFileThatStillHasItsNameWhenTheHolderTookTheFolderAway) {
  const pid_t child = hold_until_waited_for(
      folder() / "a" / kOutputLock, [this] { return lock_folder(folder() / "a"); },
      [this](const auto&) { fs::remove_all(folder() / "a"); });
  const auto lock = lock_folder(folder() / "a");
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(lock->has_its_name());
  EXPECT_TRUE(fs::exists(folder() / "a" / kOutputLock));
}

TEST_F(FolderLock, AnOutputsNameIsLockedBesideItByWhateverNameItIsCalledAndWithoutATrace) {
  fs::create_directory_symlink("new", folder() / "link");
  {
    const OutputNameLock lock(folder() / "new");
    EXPECT_TRUE(fs::exists(folder() / "new.hone-work" / kOutputLock));
    EXPECT_FALSE(fs::exists(folder() / "new"));
    refusal(ExitCode::kUsage, [this] { const OutputNameLock other(folder() / "link" / ""); });
  }
  EXPECT_FALSE(fs::exists(folder() / "new.hone-work"));
}

TEST_F(FolderLock, OfAnOutputsNameLeavesWhatOthersKeepThere) {
  fs::create_directory(folder() / "new.hone-work");
  file("new.hone-work/plan.json", "{}");
  { const OutputNameLock lock(folder() / "new"); }
  EXPECT_EQ(content(folder() / "new.hone-work" / "plan.json"), "{}");
}

}  // namespace
}  // namespace hone
