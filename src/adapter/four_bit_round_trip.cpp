#include "adapter/four_bit_round_trip.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "adapter/dequantise.hpp"
#include "adapter/quantise.hpp"
#include "adapter/quantised_layout.hpp"
#include "adapter/scales.hpp"
#include "base/parallel.hpp"

namespace hone {

void round_trip_four_bits(FourBitType type, float* weights, std::int64_t count, int threads) {
  const QuantisedSizes sizes = quantised_sizes(count);
  const auto groups = sizes.group_maxima;
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(sizes.codes));
  std::vector<std::uint8_t> compressed(static_cast<std::size_t>(sizes.scales));
  std::vector<float> scales(static_cast<std::size_t>(sizes.scales)), maxima(static_cast<std::size_t>(groups));
  std::vector<double> sums(static_cast<std::size_t>(groups));
  // f(first group, first weight, weights) for each thread's share.
  const auto share = [&](const auto& f) {
    parallel_ranges(groups, threads, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t first = begin * kWeightsPerGroup;
      f(begin, first, std::min(end * kWeightsPerGroup, count) - first);
    });
  };
  share([&](std::int64_t group, std::int64_t first, std::int64_t size) {
    float* const own = scales.data() + first / kWeightsPerBlock;
    quantise_blocks(type, weights + first, size, codes.data() + first / 2, own);
    sum_scales(own, quantised_sizes(size).scales, sums.data() + group);
  });
  const float offset = scale_offset(sums, sizes.scales);
  if (!std::isfinite(offset)) {
    std::fill_n(weights, count, std::numeric_limits<float>::quiet_NaN());
    return;
  }
  const QuantisedSpan span{type, offset, codes.data(), compressed.data(), maxima.data()};
  share([&](std::int64_t group, std::int64_t first, std::int64_t size) {
    const std::int64_t scale = first / kWeightsPerBlock;
    compress_scales(scales.data() + scale, quantised_sizes(size).scales, offset, compressed.data() + scale,
                    maxima.data() + group);
    dequantise(span, first, size, weights + first);
  });
}

}  // namespace hone
