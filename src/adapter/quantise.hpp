#pragma once

#include <cstdint>

#include "adapter/four_bit_table.hpp"

namespace hone {

/// The first level: `count` weights, from a block's boundary of their tensor on, become
/// quantised_sizes(count).codes bytes and one scale (the largest magnitude) per block. Only the end of a
/// tensor may cut a block short. The scale of a block that holds a NaN or an infinity is itself not finite;
/// its codes mean nothing.
void quantise_blocks(FourBitType type, const float* weights, std::int64_t count, std::uint8_t* codes,
                     float* scales);

}  // namespace hone
