#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.hpp"

namespace hone {
namespace {

[[noreturn]] void fail_write(const std::filesystem::path& path) {
  fail_run(fmt::format("can't write {}", path.string()), std::strerror(errno),
           "check free space, quota and permissions");
}

/// A name that must not outlive a failure: what a full disk left half-written takes the place that is needed.
class TemporaryName {
 public:
  explicit TemporaryName(const std::filesystem::path& target) : path_(unfinished_path(target)) {}
  ~TemporaryName() { ::unlink(path_.c_str()); }  // once renamed it is no longer there
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (fd_ < 0) fail_write(path);
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Messages name the file that is meant, not the one that is written.
void write_and_sync(const std::filesystem::path& path, std::string_view text,
                    const std::filesystem::path& meant) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_write(meant);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) fail_write(meant);
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

std::filesystem::path unfinished_path(const std::filesystem::path& path) {
  return fmt::format("{}{}{}", path.string(), kUnfinishedMark, ::getpid());
}

void sync_to_disk(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY);
  if (::fsync(file.get()) != 0) fail_write(path);
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail_write(to);
  sync_to_disk(folder_of(to));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view text) {
  const TemporaryName temporary(path);
  write_and_sync(temporary.path(), text, path);
  rename_durably(temporary.path(), path);
}

bool create_file_atomically(const std::filesystem::path& path, std::string_view text) {
  const TemporaryName temporary(path);
  write_and_sync(temporary.path(), text, path);
  if (::link(temporary.path().c_str(), path.c_str()) == 0) {
    sync_to_disk(folder_of(path));
    return true;
  }
  if (errno == EEXIST) return false;
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) fail_write(path);
  if (std::filesystem::exists(path)) return false;
  rename_durably(temporary.path(), path);
  return true;
}

}  // namespace hone
