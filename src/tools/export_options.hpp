#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "adapter/four_bit_table.hpp"
#include "train/config/config.hpp"

namespace hone {

/// Which weights an adapter of Q-LoRA is merged into: the base folder's own, or what its four-bit layers made
/// of them in training.
enum class BaseWeights { kOriginal, kDequantised };

/// hone-export's command line.
struct ExportOptions {
  std::string checkpoint;  // a training checkpoint; or
  std::string adapter;     // an adapter folder, to be merged into
  std::string base;        // the base model; of a checkpoint: where it lies now, if not where it was
  std::string output;
  BaseWeights base_weights = BaseWeights::kOriginal;
  std::optional<FourBitType> quant_type;  // for an adapter that does not record it
  bool allow_other_base = false;          // take a base whose fingerprint is not the recorded one
  std::optional<SaveDtype> dtype;         // of what is written
  std::optional<std::int64_t> max_shard_bytes;
  int threads = 0;  // 0: the cores this process may use
};

/// Nothing where --help or --version was answered. Throws Error(kUsage).
std::optional<ExportOptions> parse_export_command_line(int argc, const char* const* argv,
                                                       const std::string& version);

}  // namespace hone
