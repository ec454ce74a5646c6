#pragma once

#include <filesystem>
#include <string_view>

namespace hone {

/// How every report begins; by it a report is told from other files.
inline constexpr std::string_view kReportHead =
    "<!doctype html>\n<html lang=\"en\" data-made-by=\"hone-inspect\">\n";

/// Throws Error(kUsage) where `path` can't become a report: its folder is missing, or something that is no
/// report has the name already. An earlier report may be replaced.
void require_report_path(const std::filesystem::path& path);

}  // namespace hone
