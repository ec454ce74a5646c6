#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "adapter/dequantise.hpp"
#include "adapter/quantise.hpp"
#include "adapter/quantised_layout.hpp"
#include "adapter/scales.hpp"

namespace hone {

/// A whole tensor quantised on one rank or, in pieces, as several would.
struct QuantisedTensor {
  FourBitType type;
  float offset = 0;
  std::vector<std::uint8_t> codes, scales;
  std::vector<float> group_maxima;

  /// `piece`: weights quantised at a time, a multiple of kWeightsPerGroup. `given_offset` replaces the
  /// tensor's own.
  QuantisedTensor(FourBitType four_bit_type, const std::vector<float>& weights, std::int64_t piece,
                  std::optional<float> given_offset = {})
      : type(four_bit_type) {
    const auto count = static_cast<std::int64_t>(weights.size());
    const QuantisedSizes sizes = quantised_sizes(count);
    codes.resize(static_cast<std::size_t>(sizes.codes));
    scales.resize(static_cast<std::size_t>(sizes.scales));
    group_maxima.resize(static_cast<std::size_t>(sizes.group_maxima));
    std::vector<float> first_level(scales.size());
    std::vector<double> sums(group_maxima.size());
    for (std::int64_t at = 0; at < count; at += piece) {
      const std::int64_t size = std::min(piece, count - at);
      quantise_blocks(type, weights.data() + at, size, codes.data() + at / 2,
                      first_level.data() + at / kWeightsPerBlock);
      sum_scales(first_level.data() + at / kWeightsPerBlock, quantised_sizes(size).scales,
                 sums.data() + at / kWeightsPerGroup);
    }
    offset = given_offset.value_or(scale_offset(sums, sizes.scales));
    for (std::int64_t at = 0; at < count; at += piece) {
      const std::int64_t size = std::min(piece, count - at);
      compress_scales(first_level.data() + at / kWeightsPerBlock, quantised_sizes(size).scales, offset,
                      scales.data() + at / kWeightsPerBlock, group_maxima.data() + at / kWeightsPerGroup);
    }
  }

  QuantisedSpan span() const { return {type, offset, codes.data(), scales.data(), group_maxima.data()}; }
};

}  // namespace hone
