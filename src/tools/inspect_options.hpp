#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "inspect/row_printer.hpp"

namespace hone {

enum class InspectSubject { kDataset, kSafetensors, kCheckpoint };
enum class InspectDepth { kRecorded, kVerify };

/// hone-inspect's command line. Of `row`, `find`, `other` and `report` at most one is given.
struct InspectOptions {
  InspectSubject subject = InspectSubject::kDataset;
  std::string path;
  std::optional<std::int64_t> show;   // rows to print
  std::optional<std::int64_t> row;    // the one row to print
  std::optional<std::string> find;    // a text, the rows with which are printed
  std::optional<std::string> other;   // a dataset to compare with
  std::optional<std::string> report;  // an HTML file to write
  RowFormat format = RowFormat::kText;
  InspectDepth depth = InspectDepth::kRecorded;
};

/// Nothing where --help or --version was answered. Throws Error(kUsage).
std::optional<InspectOptions> parse_inspect_command_line(int argc, const char* const* argv,
                                                         const std::string& version);

}  // namespace hone
