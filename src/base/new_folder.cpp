#include "base/new_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "base/atomic_file.hpp"
#include "base/error.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

// Without a slash at its end; the folder itself, not a link to it, which a rename would replace.
fs::path resolved(fs::path path) {
  while (path.filename().empty() && path.has_relative_path()) path = path.parent_path();
  return fs::is_symlink(path) ? fs::weakly_canonical(path) : path;
}

}  // namespace

NewFolder::NewFolder(fs::path final_path, const std::string& flag)
    : final_(resolved(std::move(final_path))), temporary_(final_) {
  if (fs::exists(final_) && !(fs::is_directory(final_) && fs::is_empty(final_))) {
    fail_usage(fmt::format("{} {} already exists", flag, final_.string()),
               fs::is_directory(final_) ? "it is not empty" : "it is a file", "choose another folder");
  }
  temporary_ += fmt::format(".tmp-{}", ::getpid());
  std::error_code error;
  fs::create_directories(temporary_, error);
  if (error) {
    fail_usage(fmt::format("can't make {} {}", flag, final_.string()), error.message(),
               "choose another folder");
  }
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void NewFolder::finish() { rename_durably(temporary_, final_); }

}  // namespace hone
