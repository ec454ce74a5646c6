#include "base/output_lock.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <system_error>
#include <thread>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/output_name.hpp"

namespace hone {
namespace {

constexpr const char* kJobVariables[] = {"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"};
constexpr auto kRetryInterval = std::chrono::milliseconds(100);

// What a holder wrote; it may be writing just now, or have taken the file away before it ends.
LockHolder read_holder(const std::filesystem::path& path) {
  std::ifstream file(path);
  const Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  const auto text = [&](const char* key) {
    const Json value = json.value(key, Json());
    return value.is_string() ? value.get<std::string>() : "";
  };
  const Json pid = json.value("pid", Json());
  return {text("host"), pid.is_number_integer() ? pid.get<std::int64_t>() : 0, text("job"), text("since")};
}

[[noreturn]] void fail_open(const std::filesystem::path& path, const std::error_code& error) {
  fail_usage(fmt::format("can't write {}", path.string()), error.message(),
             "check permissions, or choose another output folder");
}

}  // namespace

std::string LockHolder::text() const {
  if (host.empty()) return "a process that has not said which";
  return fmt::format("process {} on {}{}, since {}", pid, host,
                     job.empty() ? "" : fmt::format(" (job {})", job), since);
}

LockHolder this_process(const std::string& host) {
  std::string job;
  for (const char* const name : kJobVariables) {
    if (const char* const value = std::getenv(name); job.empty() && value != nullptr) job = value;
  }
  return {host, ::getpid(), job, fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(std::time(nullptr)))};
}

OutputLock::OutputLock(const std::filesystem::path& folder, const LockHolder& self, const Patience& patience,
                       Sharing sharing)
    : path_(folder / kOutputLock), fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (fd_ < 0) fail_open(path_, {errno, std::generic_category()});
  const auto start = std::chrono::steady_clock::now();
  bool told = false;
  while (!take(sharing)) {
    const LockHolder holder = read_holder(path_);
    const bool elsewhere = !holder.host.empty() && holder.host != self.host;
    const auto waited = std::chrono::steady_clock::now() - start;
    if (waited >= (elsewhere ? patience.other_host : patience.same_host)) {
      ::close(fd_);
      fail_usage(fmt::format("another job works in {}", folder.string()), holder.text(),
                 "wait for it, stop it, or choose another output folder");
    }
    if (elsewhere && !told) {
      log::info("waiting    for {}, which holds {}", holder.text(), path_.string());
      told = true;
    }
    std::this_thread::sleep_for(kRetryInterval);
  }
  sign(self);
}

OutputLock::~OutputLock() { ::close(fd_); }

void OutputLock::require_openable(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kOutputLock;
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd >= 0) {
    ::close(fd);
  } else if (errno != ENOENT) {
    fail_open(path, {errno, std::generic_category()});
  } else if (const std::error_code error = hindrance_to_making(folder)) {
    fail_open(path, error);
  }
}

bool OutputLock::has_its_name() const {
  struct stat locked = {}, named = {};
  return ::fstat(fd_, &locked) == 0 && ::stat(path_.c_str(), &named) == 0 && locked.st_dev == named.st_dev &&
         locked.st_ino == named.st_ino;
}

bool OutputLock::take(Sharing sharing) const {
  struct flock whole = {};
  whole.l_type = sharing == Sharing::kAlone ? F_WRLCK : F_RDLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd_, F_OFD_SETLK, &whole) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  log::warn("{} can't be locked ({}): a second job in this folder would go unnoticed", path_.string(),
            std::strerror(errno));
  return true;
}

void OutputLock::sign(const LockHolder& self) const {
  const OrderedJson json = {{"host", self.host}, {"pid", self.pid}, {"job", self.job}, {"since", self.since}};
  const std::string text = json.dump() + "\n";
  const bool written = ::ftruncate(fd_, 0) == 0 &&
                       ::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd_) == 0;  // other hosts look for it
  if (!written) log::warn("can't write {} ({})", path_.string(), std::strerror(errno));
}

}  // namespace hone
