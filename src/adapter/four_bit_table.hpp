#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hone {

enum class FourBitType : std::uint8_t { kNf4, kFp4 };

using FourBitValues = std::array<float, 16>;

/// What the 16 codes stand for, relative to their block's scale. NF4: the quantiles of a normal distribution
/// as published with Q-LoRA (arXiv 2305.14314, appendix E).
inline constexpr FourBitValues kNf4Values = {-1.0F,
                                             -0.6961928009986877F,
                                             -0.5250730514526367F,
                                             -0.39491748809814453F,
                                             -0.28444138169288635F,
                                             -0.18477343022823334F,
                                             -0.09105003625154495F,
                                             0.0F,
                                             0.07958029955625534F,
                                             0.16093020141124725F,
                                             0.24611230194568634F,
                                             0.33791524171829224F,
                                             0.44070982933044434F,
                                             0.5626170039176941F,
                                             0.7229568362236023F,
                                             1.0F};
/// FP4: a sign, two bits of exponent, one of fraction, over the largest of them; code 8 is the negative zero.
inline constexpr FourBitValues kFp4Values = {
    0.0F,  0.0625F / 12,  8.0F / 12,  1.0F,  4.0F / 12,  0.5F,  2.0F / 12,  0.25F,
    -0.0F, -0.0625F / 12, -8.0F / 12, -1.0F, -4.0F / 12, -0.5F, -2.0F / 12, -0.25F};

constexpr const FourBitValues& four_bit_values(FourBitType type) {
  return type == FourBitType::kNf4 ? kNf4Values : kFp4Values;
}

/// How a weight over its block's scale becomes a code: start from `first` and add `steps[i]` for each of the
/// ascending `bounds[i]` that it exceeds. A bound lies midway between neighbouring values.
struct FourBitRounding {
  std::array<float, 15> bounds{};
  std::array<std::int32_t, 15> steps{};
  std::int32_t first = 0;
};

/// Of equal values the lower code comes first, so FP4 rounds a tiny positive weight to the negative zero, as
/// bitsandbytes does.
constexpr FourBitRounding four_bit_rounding(const FourBitValues& values) {
  std::array<std::int32_t, 16> ascending{};
  for (std::int32_t code = 0; code < 16; ++code) {
    std::size_t rank = 0;
    for (std::int32_t other = 0; other < 16; ++other) {
      const float a = values[static_cast<std::size_t>(other)], b = values[static_cast<std::size_t>(code)];
      if (a < b || (a == b && other < code)) ++rank;
    }
    ascending[rank] = code;
  }
  FourBitRounding rounding;
  rounding.first = ascending[0];
  for (std::size_t i = 0; i < rounding.bounds.size(); ++i) {
    const auto lower = static_cast<std::size_t>(ascending[i]);
    const auto upper = static_cast<std::size_t>(ascending[i + 1]);
    rounding.bounds[i] = (values[lower] + values[upper]) / 2;
    rounding.steps[i] = ascending[i + 1] - ascending[i];
  }
  return rounding;
}

}  // namespace hone
