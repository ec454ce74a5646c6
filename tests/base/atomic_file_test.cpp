#include "base/atomic_file.hpp"

#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "base/base_test_support.hpp"

namespace hone {
namespace {

class AtomicFile : public Folder {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(folder()))
      result.push_back(entry.path().filename().string());
    return result;
  }
};

/// Writes beyond `bytes` fail in this process, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(AtomicFile, CreatingLeavesWhatIsThere) {
  EXPECT_TRUE(create_file_atomically(folder() / "f", "first"));
  EXPECT_FALSE(create_file_atomically(folder() / "f", "second"));
  EXPECT_EQ(content(folder() / "f"), "first");
  EXPECT_EQ(names(), std::vector<std::string>{"f"});
}

TEST_F(AtomicFile, HoldsTheTextAndNothingElseLiesBeside) {
  const std::string text = std::string(100'000, 'x') + std::string("\0\r\n", 3);
  write_file_atomically(folder() / "f", text);
  EXPECT_EQ(content(folder() / "f"), text);
  write_file_atomically(folder() / "f", "");
  EXPECT_EQ(content(folder() / "f"), "");
  EXPECT_EQ(names(), std::vector<std::string>{"f"});
}

TEST_F(AtomicFile, AReaderSeesTheOldTextOrTheWholeNewOne) {
  const std::string a(300'000, 'a'), b(300'000, 'b');
  write_file_atomically(folder() / "f", a);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) write_file_atomically(folder() / "f", i % 2 == 0 ? b : a);
    done = true;
  });
  while (!done) {
    const std::string seen = content(folder() / "f");
    EXPECT_TRUE(seen == a || seen == b) << seen.size() << " bytes";
  }
  writer.join();
}

TEST_F(AtomicFile, AFailedWriteSaysWhyKeepsTheOldFileAndLeavesNothingBehind) {
  write_file_atomically(folder() / "f", "old");
  std::string line;
  {
    const FileSizeLimit limit(1000);
    line = refusal(ExitCode::kRunTimeFailure,
                   [&] { write_file_atomically(folder() / "f", std::string(5000, 'n')); });
  }
  EXPECT_NE(line.find((folder() / "f").string()), std::string::npos) << line;
  EXPECT_NE(line.find("(File too large)"), std::string::npos) << line;
  EXPECT_EQ(content(folder() / "f"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"f"});
}

TEST_F(AtomicFile, AFolderOfThatNameIsKeptAndNothingIsLeftBehind) {
  std::filesystem::create_directory(folder() / "f");
  file("f/inside", "kept");
  refusal(ExitCode::kRunTimeFailure, [&] { write_file_atomically(folder() / "f", "text"); });
  EXPECT_EQ(content(folder() / "f" / "inside"), "kept");
  EXPECT_EQ(names(), std::vector<std::string>{"f"});
}

TEST_F(AtomicFile, AMissingFolderIsNamed) {
  const std::string line =
      refusal(ExitCode::kRunTimeFailure, [&] { write_file_atomically(folder() / "no" / "f", "text"); });
  EXPECT_NE(line.find("no/f"), std::string::npos) << line;
  EXPECT_NE(line.find("(No such file or directory)"), std::string::npos) << line;
}

TEST_F(AtomicFile, RenamingReplacesAFileAndMovesAFolder) {
  file("new", "new");
  file("old", "old");
  rename_durably(folder() / "new", folder() / "old");
  EXPECT_EQ(content(folder() / "old"), "new");
  std::filesystem::create_directory(folder() / "part.tmp");
  rename_durably(folder() / "part.tmp", folder() / "part");
  EXPECT_TRUE(std::filesystem::is_directory(folder() / "part"));
  EXPECT_FALSE(std::filesystem::exists(folder() / "part.tmp"));
  refusal(ExitCode::kRunTimeFailure, [&] { rename_durably(folder() / "missing", folder() / "old"); });
  EXPECT_EQ(content(folder() / "old"), "new");
}

TEST_F(AtomicFile, SyncingWhatIsNotThereFails) {
  EXPECT_NO_THROW(sync_to_disk(file("f", "x")));
  EXPECT_NO_THROW(sync_to_disk(folder()));
  refusal(ExitCode::kRunTimeFailure, [&] { sync_to_disk(folder() / "missing"); });
}

}  // namespace
}  // namespace hone
