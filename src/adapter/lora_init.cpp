#include "adapter/lora_init.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/philox.hpp"
#include "base/sha256.hpp"

namespace hone {
namespace {

std::uint64_t key_of(const WeightPart& part, std::uint64_t seed) {
  return std::stoull(sha256_of(std::to_string(seed) + " " + part.name).substr(0, 16), nullptr, 16);
}

}  // namespace

void initial_adapter_values(const WeightPart& part, std::uint64_t seed, std::int64_t offset,
                            std::int64_t count, float* out) {
  if (part.name.ends_with(".lora_B.weight")) {
    std::fill_n(out, count, 0.0F);
    return;
  }
  const double bound = 1 / std::sqrt(static_cast<double>(part.shape[1]));
  const std::uint64_t key = key_of(part, seed);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto element = static_cast<std::uint64_t>(offset + i);
    const auto words =
        philox({static_cast<std::uint32_t>(element), static_cast<std::uint32_t>(element >> 32), 0, 0},
               {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
    out[i] = static_cast<float>((words[0] * 0x1p-31 - 1) * bound);
  }
}

}  // namespace hone
