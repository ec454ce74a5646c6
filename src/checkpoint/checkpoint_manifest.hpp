#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/fingerprint.hpp"
#include "checkpoint/state_file.hpp"
#include "checkpoint/state_reader.hpp"
#include "optim/loss_scaler.hpp"

namespace hone {

inline constexpr std::int64_t kCheckpointFormatVersion = 1;

/// What checkpoint-N/manifest.json says. It is written last.
struct CheckpointManifest {
  std::string program;
  std::int64_t step = 0;     // optimizer steps done
  std::int64_t updates = 0;  // those that changed the weights: all but the ones that overflowed in fp16
  std::optional<LossScaler::State> loss_scale;  // fp16
  std::optional<double> save_seconds;           // what writing it took, on its slowest rank
  std::int64_t ranks = 1, zero_stage = 0;
  StateReader::Shapes parameters;
  std::vector<StateFile> files;
  std::string trainer_state_sha256;
  Fingerprint fingerprint;
  OrderedJson config = OrderedJson::object();  // as run.json has it
};

OrderedJson to_json(const StateFile& file);
/// Throws Error(kData) naming `where`.
StateFile parse_state_file(const Json& json, const std::string& where);

/// The text of manifest.json, with a checksum of its own.
std::string manifest_text(const CheckpointManifest& manifest);
/// Throws Error(kData) naming `where`: not whole, changed since it was written, of another format version.
CheckpointManifest parse_checkpoint_manifest(const std::string& text, const std::string& where);

}  // namespace hone
