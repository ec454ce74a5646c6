#pragma once

#include <cstdint>

namespace hone {

/// Q-LoRA's storage (arXiv 2305.14314), as bitsandbytes lays it out: a tensor, flattened row by row, is cut
/// into blocks of 64 weights with one scale each (the block's largest magnitude), and its scales into groups
/// of 256 with one fp32 maximum each.
inline constexpr std::int64_t kWeightsPerBlock = 64;
inline constexpr std::int64_t kScalesPerGroup = 256;
/// A tensor may be cut at multiples of this many weights: its groups stay whole, so that the pieces quantise
/// to the same bytes as the whole.
inline constexpr std::int64_t kWeightsPerGroup = kWeightsPerBlock * kScalesPerGroup;

constexpr std::int64_t quotient_rounded_up(std::int64_t value, std::int64_t divisor) {
  return (value + divisor - 1) / divisor;
}

/// What `weights` elements take from a group's boundary on, the last group and block perhaps cut short.
/// Beside these a tensor has one fp32 offset.
struct QuantisedSizes {
  std::int64_t codes;         // bytes: two 4-bit codes each, the earlier weight in the high half
  std::int64_t scales;        // bytes: one 8-bit scale per block
  std::int64_t group_maxima;  // fp32 numbers: one per group

  constexpr std::int64_t bytes() const {
    return codes + scales + group_maxima * static_cast<std::int64_t>(sizeof(float));
  }
};

constexpr QuantisedSizes quantised_sizes(std::int64_t weights) {
  return {quotient_rounded_up(weights, 2), quotient_rounded_up(weights, kWeightsPerBlock),
          quotient_rounded_up(weights, kWeightsPerGroup)};
}

}  // namespace hone
