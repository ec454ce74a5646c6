#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace hone {

inline constexpr const char* kOutputLock = "run.lock";

/// A process that works in an output folder.
struct LockHolder {
  std::string host;
  std::int64_t pid = 0;
  std::string job;    // of the batch system; empty outside one
  std::string since;  // local time

  /// "process 4711 on nid0012 (job 98765), since 2026-11-25 14:05:12"
  std::string text() const;
};

/// This process, from now on.
LockHolder this_process(const std::string& host);

/// Keeps other jobs out of a folder while it lives. It is a lock of the kernel on FOLDER/run.lock
/// (F_OFD_SETLK over the whole file), which goes with the process however it ends: the file that stays behind
/// locks nothing. NFS (version 4, or 3 with lockd) and Lustre mounted with `flock` keep such locks across
/// hosts. Where a file system keeps none the folder is used with a warning: a lock made of names alone would
/// outlive a crash.
class OutputLock {
 public:
  /// How long a holder may take to go: on the same host a process that is being torn down, on another one a
  /// node that died, whose locks a file server drops after its lease.
  struct Patience {
    std::chrono::milliseconds same_host = std::chrono::seconds(3);
    std::chrono::milliseconds other_host = std::chrono::seconds(120);
  };

  /// Whether others that say the same may have it too. Of those it names the one that came last.
  enum class Sharing { kAlone, kWithOthers };

  /// The folder must be there. Throws Error(kUsage) naming the holder when it does not go.
  OutputLock(const std::filesystem::path& folder, const LockHolder& self, const Patience& patience,
             Sharing sharing = Sharing::kAlone);
  OutputLock(const std::filesystem::path& folder, const LockHolder& self)
      : OutputLock(folder, self, Patience{}) {}
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

  /// Throws what the constructor would where the file can't be opened, as far as a look tells; makes none.
  static void require_openable(const std::filesystem::path& folder);

  /// False where the file was removed or replaced while this waited for it, so that it keeps nobody out.
  bool has_its_name() const;

 private:
  bool take(Sharing sharing) const;
  void sign(const LockHolder& self) const;

  std::filesystem::path path_;
  int fd_ = -1;
};

}  // namespace hone
