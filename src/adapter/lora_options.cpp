#include "adapter/lora_options.hpp"

#include <cmath>

namespace hone {

double LoraOptions::scaling() const {
  const auto r = static_cast<double>(rank);
  return rslora ? alpha / std::sqrt(r) : alpha / r;
}

}  // namespace hone
