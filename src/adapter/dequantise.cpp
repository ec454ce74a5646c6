#include "adapter/dequantise.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "adapter/quantised_layout.hpp"
#include "adapter/scales.hpp"
#include "base/error.hpp"
#include "base/simd.hpp"

namespace hone {
namespace {

static_assert(std::endian::native == std::endian::little, "codes are unpacked from little-endian words");

// Eight lanes: two of them hold the 16 values of a block, and one shuffle looks eight codes up.
using Floats = float __attribute__((vector_size(32)));
using Words = std::uint32_t __attribute__((vector_size(32)));
using Halves = std::uint16_t __attribute__((vector_size(16)));
constexpr std::int64_t kLanes = 8;
// Where the codes of eight weights lie in a word: a byte's high half comes first.
constexpr Words kShifts = {4, 0, 12, 8, 20, 16, 28, 24};

struct BlockRange {
  const float* values;  // of the 16 codes
  const float* scales;  // one per block
  const std::uint8_t* codes;
  std::int64_t blocks;
};

HONE_VECTORISED void expand_blocks(const BlockRange& range, float* weights) {
  Floats low, high;
  std::memcpy(&low, range.values, sizeof low);
  std::memcpy(&high, range.values + kLanes, sizeof high);
  const std::uint8_t* codes = range.codes;
  for (std::int64_t block = 0; block < range.blocks; ++block) {
    const Floats scaled_low = low * range.scales[block], scaled_high = high * range.scales[block];
    for (std::int64_t i = 0; i < kWeightsPerBlock; i += kLanes, codes += kLanes / 2, weights += kLanes) {
      std::uint32_t word;
      std::memcpy(&word, codes, sizeof word);
      const Floats result = __builtin_shuffle(scaled_low, scaled_high, ((Words{} + word) >> kShifts) & 15U);
      std::memcpy(weights, &result, sizeof result);
    }
  }
}

HONE_VECTORISED void expand_blocks_bfloat16(const BlockRange& range, std::uint16_t* weights) {
  Floats low, high;
  std::memcpy(&low, range.values, sizeof low);
  std::memcpy(&high, range.values + kLanes, sizeof high);
  const std::uint8_t* codes = range.codes;
  for (std::int64_t block = 0; block < range.blocks; ++block) {
    // Rounded before they are looked up: 16 values in place of 64.
    Words rounded_low = reinterpret_cast<Words>(low * range.scales[block]);
    Words rounded_high = reinterpret_cast<Words>(high * range.scales[block]);
    rounded_low = (rounded_low + 0x7FFFU + ((rounded_low >> 16) & 1U)) >> 16;
    rounded_high = (rounded_high + 0x7FFFU + ((rounded_high >> 16) & 1U)) >> 16;
    for (std::int64_t i = 0; i < kWeightsPerBlock; i += kLanes, codes += kLanes / 2, weights += kLanes) {
      std::uint32_t word;
      std::memcpy(&word, codes, sizeof word);
      const Halves result = __builtin_convertvector(
          __builtin_shuffle(rounded_low, rounded_high, ((Words{} + word) >> kShifts) & 15U), Halves);
      std::memcpy(weights, &result, sizeof result);
    }
  }
}

void expand(const BlockRange& range, float* weights) { expand_blocks(range, weights); }
void expand(const BlockRange& range, std::uint16_t* weights) { expand_blocks_bfloat16(range, weights); }

// `count` weights, no further than the group's end, from the block `first` of the group on.
template <typename T>
void dequantise_in_group(const QuantisedSpan& group, std::int64_t first, std::int64_t count, T* weights) {
  const std::int64_t scale_count = quotient_rounded_up(count, kWeightsPerBlock);
  float scales[kScalesPerGroup];
  restore_scales(group.scales + first, scale_count, *group.group_maxima, group.offset, scales);
  const std::int64_t blocks = count / kWeightsPerBlock, whole = blocks * kWeightsPerBlock;
  const float* const values = four_bit_values(group.type).data();
  const std::uint8_t* const codes = group.codes + first * (kWeightsPerBlock / 2);
  expand({values, scales, codes, blocks}, weights);
  if (whole == count) return;
  std::uint8_t cut_codes[kWeightsPerBlock / 2] = {};
  T block[kWeightsPerBlock];
  std::copy_n(codes + whole / 2, quantised_sizes(count - whole).codes, cut_codes);
  expand({values, scales + blocks, cut_codes, 1}, block);
  std::copy_n(block, count - whole, weights + whole);
}

template <typename T>
void dequantise_as(const QuantisedSpan& span, std::int64_t first, std::int64_t count, T* weights) {
  HONE_ASSERT(first % kWeightsPerBlock == 0);
  const std::int64_t end = first + count;
  while (first < end) {
    const std::int64_t group = first / kWeightsPerGroup * kWeightsPerGroup;
    const std::int64_t size = std::min(end, group + kWeightsPerGroup) - first;
    dequantise_in_group(span.from(group), (first - group) / kWeightsPerBlock, size, weights);
    first += size;
    weights += size;
  }
}

}  // namespace

QuantisedSpan QuantisedSpan::from(std::int64_t weight) const {
  HONE_ASSERT(weight % kWeightsPerGroup == 0);
  return {type, offset, codes + weight / 2, scales + weight / kWeightsPerBlock,
          group_maxima + weight / kWeightsPerGroup};
}

void dequantise(const QuantisedSpan& span, std::int64_t first, std::int64_t count, float* weights) {
  dequantise_as(span, first, count, weights);
}

void dequantise_bfloat16(const QuantisedSpan& span, std::int64_t first, std::int64_t count,
                         std::uint16_t* weights) {
  dequantise_as(span, first, count, weights);
}

}  // namespace hone
