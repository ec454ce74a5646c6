#include "adapter/quantise.hpp"

#include <algorithm>
#include <bit>

#include "adapter/quantised_layout.hpp"
#include "base/simd.hpp"

namespace hone {
namespace {

// What bitsandbytes divides by in place of less, so that a reciprocal stays finite.
constexpr float kSmallestDivisor = 1e-38F;

constexpr FourBitRounding kNf4Rounding = four_bit_rounding(kNf4Values);
constexpr FourBitRounding kFp4Rounding = four_bit_rounding(kFp4Values);

// Compared as integers, so that a NaN is larger than any number.
[[gnu::always_inline]] inline float largest_magnitude(const float* weights, std::int64_t count) {
  std::uint32_t largest = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(weights[i]) & 0x7FFFFFFFU;
    largest = magnitude > largest ? magnitude : largest;
  }
  return std::bit_cast<float>(largest);
}

template <const FourBitRounding& rounding>
[[gnu::always_inline]] inline void encode_block(const float* ratios, std::uint8_t* codes) {
  std::int32_t unpacked[kWeightsPerBlock];
  for (std::int64_t i = 0; i < kWeightsPerBlock; ++i) {
    std::int32_t code = rounding.first;
#pragma GCC unroll 15
    for (std::size_t k = 0; k < 15; ++k) code += ratios[i] > rounding.bounds[k] ? rounding.steps[k] : 0;
    unpacked[i] = code;
  }
  for (std::int64_t i = 0; i < kWeightsPerBlock / 2; ++i)
    codes[i] = static_cast<std::uint8_t>(unpacked[2 * i] << 4 | unpacked[2 * i + 1]);
}

template <const FourBitRounding& rounding>
[[gnu::always_inline]] inline void encode_whole_blocks(const float* weights, std::int64_t blocks,
                                                       std::uint8_t* codes, float* scales) {
  float ratios[kWeightsPerBlock];
  for (std::int64_t block = 0; block < blocks; ++block) {
    const float* const in = weights + block * kWeightsPerBlock;
    scales[block] = largest_magnitude(in, kWeightsPerBlock);
    const float factor = 1.0F / (scales[block] > kSmallestDivisor ? scales[block] : kSmallestDivisor);
    for (std::int64_t i = 0; i < kWeightsPerBlock; ++i) ratios[i] = in[i] * factor;
    encode_block<rounding>(ratios, codes + block * (kWeightsPerBlock / 2));
  }
}

HONE_VECTORISED void encode_nf4(const float* weights, std::int64_t blocks, std::uint8_t* codes,
                                float* scales) {
  encode_whole_blocks<kNf4Rounding>(weights, blocks, codes, scales);
}

HONE_VECTORISED void encode_fp4(const float* weights, std::int64_t blocks, std::uint8_t* codes,
                                float* scales) {
  encode_whole_blocks<kFp4Rounding>(weights, blocks, codes, scales);
}

// bitsandbytes divides in a tensor's cut block where it multiplies by the reciprocal in whole ones, and lets
// the divisor's floor into the scale; the last byte's unused half is the code of a zero.
void encode_cut_block(FourBitType type, const float* weights, std::int64_t count, std::uint8_t* codes,
                      float* scale) {
  const float largest = largest_magnitude(weights, count);
  *scale = largest < kSmallestDivisor ? kSmallestDivisor : largest;
  float ratios[kWeightsPerBlock] = {};
  for (std::int64_t i = 0; i < count; ++i) ratios[i] = weights[i] / *scale;
  std::uint8_t bytes[kWeightsPerBlock / 2];
  if (type == FourBitType::kNf4)
    encode_block<kNf4Rounding>(ratios, bytes);
  else
    encode_block<kFp4Rounding>(ratios, bytes);
  std::copy_n(bytes, quantised_sizes(count).codes, codes);
}

}  // namespace

void quantise_blocks(FourBitType type, const float* weights, std::int64_t count, std::uint8_t* codes,
                     float* scales) {
  const std::int64_t blocks = count / kWeightsPerBlock, whole = blocks * kWeightsPerBlock;
  if (type == FourBitType::kNf4)
    encode_nf4(weights, blocks, codes, scales);
  else
    encode_fp4(weights, blocks, codes, scales);
  if (whole < count)
    encode_cut_block(type, weights + whole, count - whole, codes + whole / 2, scales + blocks);
}

}  // namespace hone
