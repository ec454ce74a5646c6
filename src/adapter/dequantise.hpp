#pragma once

#include <cstdint>

#include "adapter/four_bit_table.hpp"

namespace hone {

/// A tensor's quantised weights, or those from a group's boundary on. Owns nothing.
struct QuantisedSpan {
  FourBitType type;
  float offset;  // the tensor's, see scale_offset()
  const std::uint8_t* codes;
  const std::uint8_t* scales;
  const float* group_maxima;

  /// The rest of it from `weight` on, a multiple of kWeightsPerGroup.
  QuantisedSpan from(std::int64_t weight) const;
};

/// Writes `count` weights from `first` on, which is a multiple of kWeightsPerBlock (so that threads may share
/// a span). One thread; memory is the limit.
void dequantise(const QuantisedSpan& span, std::int64_t first, std::int64_t count, float* weights);

/// The same in bfloat16, each fp32 value rounded to nearest even.
void dequantise_bfloat16(const QuantisedSpan& span, std::int64_t first, std::int64_t count,
                         std::uint16_t* weights);

}  // namespace hone
