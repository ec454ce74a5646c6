#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace hone {

enum class DeepSpeedType { kInteger, kNumber, kBool, kText, kNumberPair, kObject };

enum class DeepSpeedUse {
  kFlag,       // the value of a Hone flag
  kChecked,    // read by code of its own
  kNoMeaning,  // how DeepSpeed works inside, where it logs: accepted with any value of its type and named
               // once
  kRefused,    // would change the result; accepted only when switched off
};

/// One key of DeepSpeed's JSON (https://www.deepspeed.ai/docs/config-json), its path joined by dots.
struct DeepSpeedKey {
  std::string path;
  DeepSpeedType type;
  DeepSpeedUse use;
  std::string flag_or_reason;  // kFlag: the flag's name; kRefused: why
};

/// A value of a DeepSpeed file with the key it stands under.
struct DeepSpeedLeaf {
  const DeepSpeedKey* key;
  Json value;
  bool is_auto() const { return value.is_string() && value == "auto"; }
};

/// The values of `json` in its order of keys. Throws Error(kUsage) for unknown keys (with the nearest name)
/// and for values of a wrong type; `file` is for messages.
std::vector<DeepSpeedLeaf> read_deepspeed_leaves(const Json& json, const std::string& file);

}  // namespace hone
