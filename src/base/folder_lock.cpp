#include "base/folder_lock.hpp"

#include <fmt/format.h>

#include <string>

#include "base/error.hpp"
#include "base/host_name.hpp"
#include "base/output_name.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    fail_usage(fmt::format("can't make {}", path.string()), error.message(), "choose another output folder");
}

}  // namespace

// The process that was waited for may have taken the folder away: the lock is then on a file without a name.
std::unique_ptr<OutputLock> lock_folder(const fs::path& folder, OutputLock::Sharing sharing) {
  std::unique_ptr<OutputLock> lock;
  do {
    lock.reset();
    make_folder(folder);
    lock = std::make_unique<OutputLock>(folder, this_process(host_name()), OutputLock::Patience{}, sharing);
  } while (!lock->has_its_name());
  return lock;
}

OutputNameLock::OutputNameLock(const fs::path& output)
    : folder_(work_path(output)), lock_(lock_folder(folder_)) {}

OutputNameLock::~OutputNameLock() {
  std::error_code ignored;
  fs::remove(folder_ / kOutputLock, ignored);
  fs::remove(folder_, ignored);
}

}  // namespace hone
