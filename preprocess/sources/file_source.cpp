#include "preprocess/sources/file_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"
#include "base/open_files.hpp"

namespace hone {
namespace {

constexpr std::size_t kMagicBytes = 8;

bool is_gone(int error) {
  return error == ENOENT || error == ENOTDIR || error == EISDIR || error == ELOOP || error == ENAMETOOLONG;
}

[[noreturn]] void fail_to_open(const std::string& path, int error, Look look) {
  const std::string reason = std::strerror(error);
  if (look == Look::kFirst || is_gone(error))
    fail_data(fmt::format("can't read --input {}", path), reason, "check the path");
  if (is_lack_of_open_files(reason)) fail_for_lack_of_open_files(path, reason);
  fail_run(fmt::format("can't read --input {} any more", path), reason, "check the disk, then start again");
}

int open_file(const std::string& path, Look look) {
  if (path == "-") {
    if (::isatty(STDIN_FILENO) != 0)
      fail_usage("--input - is a terminal", "rows are read from standard input", "pipe them into it");
    return STDIN_FILENO;
  }
  // Opening a pipe could wait for ever, and what was looked at in one is gone.
  std::error_code ignored;  // what can't be looked at can't be opened either, and that says why
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    fail_data(fmt::format("--input {} is not a regular file", path),
              "inputs are looked at before they are read", "name files, or pipe rows into --input -");
  }
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_to_open(path, errno, look);
  return descriptor;
}

}  // namespace

FileSource::FileSource(const std::string& path, Look look) : path_(path), descriptor_(open_file(path, look)) {
  if (path != "-") size_ = std::filesystem::file_size(path);
  char head[kMagicBytes];
  std::size_t got = 0;
  for (std::size_t more = 1; more > 0 && got < sizeof head; got += more)
    more = read_some(head + got, sizeof head - got);
  magic_.assign(head, got);
}

FileSource::~FileSource() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

std::size_t FileSource::read_some(char* bytes, std::size_t most) {
  ssize_t got = 0;
  do got = ::read(descriptor_, bytes, most);
  while (got < 0 && errno == EINTR);
  if (got < 0) fail_run(fmt::format("reading {} failed", path_), std::strerror(errno), "check the disk");
  hash_.update(bytes, static_cast<std::size_t>(got));
  bytes_read_ += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

std::size_t FileSource::read(char* bytes, std::size_t most) {
  if (given_again_ == magic_.size()) return read_some(bytes, most);
  const std::size_t count = std::min(most, magic_.size() - given_again_);
  magic_.copy(bytes, count, given_again_);
  given_again_ += count;
  return count;
}

}  // namespace hone
