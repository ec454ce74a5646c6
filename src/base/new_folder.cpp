#include "base/new_folder.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string_view>

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/host_name.hpp"
#include "base/log.hpp"
#include "base/output_name.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnfinished = ".hone-new-";

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

// The end of a temporary name, HOST-PID; false where it is none.
bool parse_owner(std::string_view text, std::string_view& host, pid_t& pid) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return false;
  host = text.substr(0, dash);
  const std::string_view digits = text.substr(dash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
  return error == std::errc() && end == digits.data() + digits.size() && pid > 0;
}

}  // namespace

NewFolder::Above::Above(const fs::path& folder) {
  std::error_code error;
  for (fs::path above = folder.parent_path(); !above.empty() && !fs::exists(above, error);
       above = above.parent_path()) {
    missing_.push_back(above);
  }
}

NewFolder::Above::~Above() {
  for (const fs::path& folder : missing_) ::rmdir(folder.c_str());  // leaves what is in use
}

NewFolder::NewFolder(const fs::path& final_path, const std::string& flag)
    : final_(named_folder(final_path)), temporary_(final_), above_(final_) {
  require_free(flag);
  require_renamable(final_, flag);
  std::error_code error;
  if (final_.has_parent_path()) fs::create_directories(final_.parent_path(), error);
  if (error) refuse_unmakeable(flag, error);
  lock_.emplace(final_);
  require_free(flag);  // whoever was waited for may have made it
  remove_leftovers();
  temporary_ += fmt::format("{}{}-{}", kUnfinished, host_name(), ::getpid());
  fs::create_directory(temporary_, error);
  if (error) refuse_unmakeable(flag, error);
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void NewFolder::require_free(const std::string& flag) const {
  std::error_code error;
  const auto status = fs::status(final_, error);
  if (!fs::exists(status) || (fs::is_directory(status) && fs::is_empty(final_))) return;
  fail_usage(fmt::format("{} {} already exists", flag, final_.string()),
             fs::is_directory(status) ? "it is not empty" : "it is a file", "choose another folder");
}

void NewFolder::refuse_unmakeable(const std::string& flag, const std::error_code& error) const {
  fail_usage(fmt::format("can't make {} {}", flag, final_.string()), error.message(),
             "choose another folder");
}

void NewFolder::finish() {
  rename_durably(temporary_, final_);
  above_.keep();
}

void NewFolder::remove_leftovers() const {
  std::error_code error;
  const fs::path parent = final_.has_parent_path() ? final_.parent_path() : fs::path(".");
  const std::string prefix = final_.filename().string() + kUnfinished, this_host = host_name();
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) found.push_back(entry->path());
  }
  for (const fs::path& folder : found) {
    const std::string owner = folder.filename().string().substr(prefix.size());
    std::string_view host;
    pid_t pid = 0;
    if (!parse_owner(owner, host, pid) || fs::is_symlink(folder, error) || !fs::is_directory(folder, error))
      continue;
    if (host != this_host) {
      log::warn("{} was left by a run on {}, or is one's that still works there; remove it if none does",
                folder.string(), host);
    } else if (pid == ::getpid() || !is_alive(pid)) {  // this process has made none yet
      log::warn("removing {}, what a killed run had left", folder.string());
      fs::remove_all(folder, error);
    }
  }
}

}  // namespace hone
