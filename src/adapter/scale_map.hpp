#pragma once

#include <array>
#include <cstdint>

namespace hone {

/// The signed dynamic 8-bit map (arXiv 1511.04561) of bitsandbytes: what the codes of scales stand for,
/// ascending in [-1, 1].
const std::array<float, 256>& scale_map();

/// The code for a value in [-1, 1] (anything else is brought there, NaN to -1). As in bitsandbytes the value
/// is first rounded to one of 65,536 even steps, then to the nearest entry of the map, the lower in a tie.
std::uint8_t scale_code(float value);

}  // namespace hone
