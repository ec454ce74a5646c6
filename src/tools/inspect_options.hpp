#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hone {

enum class InspectSubject { kDataset, kSafetensors, kCheckpoint };
enum class InspectFormat { kText, kJsonl };
enum class InspectDepth { kRecorded, kVerify };

/// hone-inspect's command line.
struct InspectOptions {
  InspectSubject subject = InspectSubject::kDataset;
  std::string path;
  std::int64_t show = 0;  // rows to print
  InspectFormat format = InspectFormat::kText;
  InspectDepth depth = InspectDepth::kRecorded;
};

/// Nothing where --help or --version was answered. Throws Error(kUsage).
std::optional<InspectOptions> parse_inspect_command_line(int argc, const char* const* argv,
                                                         const std::string& version);

}  // namespace hone
