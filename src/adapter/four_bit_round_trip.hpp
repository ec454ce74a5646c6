#pragma once

#include <cstdint>

#include "adapter/four_bit_table.hpp"

namespace hone {

/// Replaces a whole tensor's `count` weights by what Q-LoRA's layers see of them: quantised with double
/// quantisation and restored, the same bits as in training at any number of ranks. Where any weight is not
/// finite, none is afterwards.
void round_trip_four_bits(FourBitType type, float* weights, std::int64_t count, int threads);

}  // namespace hone
