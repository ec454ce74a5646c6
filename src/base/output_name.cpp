#include "base/output_name.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "base/error.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as many as the kernel follows

bool ends_with_dots(const fs::path& path) { return path.filename() == "." || path.filename() == ".."; }

// The attribute tells a folder of the same file system that is mounted here, the device serves kernels
// before 5.8.
bool is_mount_point(const fs::path& folder) {
  struct statx own = {}, above = {};
  const fs::path parent = folder / "..";
  if (::statx(AT_FDCWD, folder.c_str(), 0, STATX_BASIC_STATS, &own) != 0 ||
      ::statx(AT_FDCWD, parent.c_str(), 0, STATX_BASIC_STATS, &above) != 0) {
    return false;
  }
  return (own.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 || own.stx_dev_major != above.stx_dev_major ||
         own.stx_dev_minor != above.stx_dev_minor;
}

}  // namespace

fs::path named_folder(fs::path name) {
  std::error_code error;
  for (int links = 0; links < kMostLinks; ++links) {
    while (name.filename().empty() && name.has_relative_path()) name = name.parent_path();
    if (ends_with_dots(name)) name = fs::weakly_canonical(name);
    if (!fs::is_symlink(name, error)) break;
    const fs::path target = fs::read_symlink(name, error);
    if (error) break;
    name = name.parent_path() / target;
  }
  return name;
}

fs::path beside(const fs::path& output, const char* suffix) {
  fs::path path = named_folder(output);
  path += suffix;
  return path;
}

fs::path work_path(const fs::path& output) { return beside(output, ".hone-work"); }

fs::path canonical_path(const fs::path& path) {
  std::error_code unreadable;  // then whoever opens it says why
  const fs::path found = fs::weakly_canonical(fs::absolute(path), unreadable);
  return unreadable ? fs::absolute(path).lexically_normal() : found;
}

void require_reachable(const fs::path& path, const std::string& flag) {
  if (path.empty()) return;
  std::error_code error;
  const fs::file_status status = fs::status(path / ".", error);  // what lies in it must be reachable too
  if (status.type() != fs::file_type::none) return;
  fail_usage(fmt::format("can't reach {} {}", flag, path.string()), error.message(),
             "check the path and its permissions");
}

std::error_code hindrance_to_making(const fs::path& folder) {
  std::error_code error;
  fs::path nearest = fs::absolute(folder);
  while (fs::symlink_status(nearest, error).type() == fs::file_type::not_found)
    nearest = nearest.parent_path();
  const fs::file_status found = fs::status(nearest, error);
  if (!fs::exists(found)) return std::make_error_code(std::errc::file_exists);  // a link to nothing
  if (!fs::is_directory(found)) return std::make_error_code(std::errc::not_a_directory);
  if (::access(nearest.c_str(), W_OK | X_OK) == 0) return {};
  return {errno, std::generic_category()};
}

void require_name_fits(const fs::path& made, const fs::path& folder, const std::string& flag) {
  const std::string name = made.filename().string();
  if (name.size() <= NAME_MAX) return;
  fail_usage(
      fmt::format("{} {} has too long a name", flag, folder.string()),
      fmt::format("the run makes {} beside it, {} bytes where {} are at most", name, name.size(), NAME_MAX),
      "choose a shorter one");
}

void require_renamable(const fs::path& folder, const std::string& flag) {
  std::error_code error;
  if (fs::is_symlink(folder, error)) {
    fail_usage(fmt::format("{} {} can't be followed", flag, folder.string()), "it is a link to a link again",
               "choose another folder");
  }
  if (!fs::is_directory(folder, error)) return;
  if (fs::equivalent(folder, fs::current_path(error), error)) {
    fail_usage(fmt::format("{} {} is the folder that this program runs in", flag, folder.string()),
               "the finished folder could not take its place", "name a new folder in it");
  }
  if (is_mount_point(folder)) {
    fail_usage(fmt::format("{} {} is a mount point", flag, folder.string()),
               "the finished folder could not take its place", "name a new folder in it");
  }
}

}  // namespace hone
