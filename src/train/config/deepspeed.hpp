#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "optim/loss_scaler.hpp"
#include "train/config/given_flags.hpp"

namespace hone {

/// A value that a DeepSpeed JSON fixes for a flag.
struct DeepSpeedSetting {
  std::string flag;
  FlagValue given;     // its place names key and file
  std::string reason;  // why the flag may not say otherwise, where there is more to say
  std::string remedy;
};

/// A DeepSpeed JSON in Hone's terms. What it says `auto` for is not in it: the flag's value holds.
struct DeepSpeedConfig {
  std::vector<DeepSpeedSetting> settings;
  std::optional<std::int64_t> train_batch_size;
  bool offload_optimizer = false, offload_param = false;  // to the CPU
  bool names_stage = false;     // false: DeepSpeed's default, stage 0, unless a flag says otherwise
  bool names_clipping = false;  // false: DeepSpeed would not clip; the flag's value holds here
  LossScaleOptions loss_scale;  // of the fp16 block
  std::vector<std::string> loss_scale_keys;  // what it was read from: no effect without fp16
  std::vector<std::string> without_meaning;  // keys that have no effect here, to be named once
};

/// Throws Error(kUsage): unreadable file, unknown keys, wrong types, and what would change the result and
/// isn't there (other optimizers and schedulers).
DeepSpeedConfig read_deepspeed_file(const std::string& path);
DeepSpeedConfig read_deepspeed(const Json& json, const std::string& file);

/// Adds what the JSON says to what was given. Throws Error(kUsage) naming both where they contradict each
/// other.
void merge_deepspeed(const DeepSpeedConfig& deepspeed, GivenFlags& given);

}  // namespace hone
