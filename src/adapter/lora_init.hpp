#pragma once

#include <cstdint>

#include "model/weight_table.hpp"

namespace hone {

/// Elements [offset, offset + count) of an adapter's first value, as PEFT draws it: lora_A uniform in
/// +-1/sqrt(in) (He et al. 2015 with a = sqrt 5), lora_B zero. Depends on seed, name and place alone,
/// whatever the ranks.
void initial_adapter_values(const WeightPart& part, std::uint64_t seed, std::int64_t offset,
                            std::int64_t count, float* out);

}  // namespace hone
