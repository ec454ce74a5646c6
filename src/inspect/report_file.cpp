#include "inspect/report_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "base/error.hpp"

namespace hone {
namespace {

namespace fs = std::filesystem;

bool is_report(const fs::path& path) {
  std::string head(kReportHead.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  return fs::is_regular_file(path) && file.read(head.data(), static_cast<std::streamsize>(head.size())) &&
         head == kReportHead;
}

}  // namespace

void require_report_path(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!fs::is_directory(folder)) {
    fail_usage(fmt::format("--html {} can't be written", path.string()),
               fmt::format("{} is no folder", folder.string()), "make it, or name another file");
  }
  if (fs::exists(fs::symlink_status(path)) && !is_report(path)) {
    fail_usage(fmt::format("--html {} is there already", path.string()), "it is no report of hone-inspect",
               "name another file, or remove it");
  }
}

}  // namespace hone
