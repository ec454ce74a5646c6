#include "adapter/lora_options.hpp"

#include <cmath>

namespace hone {

const char* name_of(LoraBias bias) {
  switch (bias) {
    case LoraBias::kNone: return "none";
    case LoraBias::kAll: return "all";
    case LoraBias::kLoraOnly: return "lora_only";
  }
  return "none";
}

double LoraOptions::scaling() const {
  const auto r = static_cast<double>(rank);
  return rslora ? alpha / std::sqrt(r) : alpha / r;
}

}  // namespace hone
