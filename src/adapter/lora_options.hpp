#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hone {

enum class LoraBias { kNone, kAll, kLoraOnly };

/// PEFT's word for it.
const char* name_of(LoraBias bias);

/// What an adapter is, in PEFT's terms (LoraConfig); the defaults are those of the Qwen fine-tuning example.
struct LoraOptions {
  std::int64_t rank = 64;
  double alpha = 16;
  double dropout = 0.05;  // probability
  bool rslora = false;    // scale by alpha / sqrt(rank), Kalajdzievski 2023
  LoraBias bias = LoraBias::kNone;
  /// Last names of linear layers.
  std::vector<std::string> target_modules = {"q_proj",  "k_proj",    "v_proj",   "o_proj",
                                             "up_proj", "gate_proj", "down_proj"};
  std::vector<std::string> modules_to_save;  // modules trained whole and kept in the adapter

  /// What B A x is multiplied by.
  double scaling() const;
};

}  // namespace hone
