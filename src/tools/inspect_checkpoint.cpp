#include "tools/inspect_checkpoint.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "checkpoint/checkpoint_folder.hpp"

namespace hone {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& folder, const std::string& reason) {
  fail_data(fmt::format("{} is not a complete checkpoint", folder.string()), reason, "use another one");
}

}  // namespace

void inspect_checkpoint(const InspectOptions& options) {
  std::filesystem::path folder = options.path;
  if (!folder.has_filename()) folder = folder.parent_path();
  if (const std::string reason = incompleteness_of(folder); !reason.empty()) refuse(folder, reason);
  const CheckpointManifest manifest = read_checkpoint_manifest(folder);
  std::uint64_t bytes = 0;
  std::int64_t elements = 0;
  for (const StateFile& file : manifest.files) {
    if (options.depth == InspectDepth::kVerify) {
      if (const std::string reason = damage_of(folder, file); !reason.empty()) refuse(folder, reason);
    }
    bytes += file.bytes;
    for (const StateRange& range : file.ranges) elements += range.count;
  }
  const StateReader whole(folder, manifest.files, manifest.parameters);  // throws for holes and overlaps
  fmt::print("step        {} by {}, {} rank{}, ZeRO stage {}\n", manifest.step, manifest.program,
             manifest.ranks, manifest.ranks == 1 ? "" : "s", manifest.zero_stage);
  fmt::print("parameters  {} with {} elements, fp32 masters and both moments\n", manifest.parameters.size(),
             human_count(elements));
  for (const StateFile& file : manifest.files)
    fmt::print("  {}  {}  SHA-256 {}\n", file.file, human_bytes(static_cast<double>(file.bytes)),
               file.sha256);
  for (const auto& [name, input] : manifest.fingerprint.inputs.items())
    fmt::print("input       {} {} SHA-256 {}\n", name, input.value("folder", ""), input.value("sha256", ""));
  fmt::print("total       {}\n", human_bytes(static_cast<double>(bytes)));
  if (options.depth == InspectDepth::kVerify) fmt::print("verified: every file is as it was written\n");
}

}  // namespace hone
