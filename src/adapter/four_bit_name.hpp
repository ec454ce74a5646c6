#pragma once

#include "adapter/four_bit_table.hpp"

namespace hone {

/// As bitsandbytes spells it.
constexpr const char* four_bit_name(FourBitType type) { return type == FourBitType::kNf4 ? "nf4" : "fp4"; }

}  // namespace hone
