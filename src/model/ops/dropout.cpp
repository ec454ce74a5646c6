#include "model/ops/dropout.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/philox.hpp"

namespace hone::ops {
namespace {

constexpr std::int64_t kPerDraw = 8;  // 16 random bits for each element
constexpr std::int64_t kRowsPerTask = 16;

void mask_row(float* row, std::int64_t width, std::uint32_t threshold, float scale,
              std::array<std::uint32_t, 4> place, std::array<std::uint32_t, 2> key) {
  for (std::int64_t begin = 0; begin < width; begin += kPerDraw, ++place[0]) {
    const auto words = philox(place, key);
    const std::int64_t count = std::min(kPerDraw, width - begin);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::uint32_t bits = words[static_cast<std::size_t>(i / 2)] >> (16 * (i % 2)) & 0xFFFFU;
      row[begin + i] = bits < threshold ? 0.0F : row[begin + i] * scale;
    }
  }
}

}  // namespace

Tensor dropout(const Tensor& x, double probability, std::uint32_t layer, const Bounds& bounds,
               const DropoutDraw& draw) {
  HONE_ASSERT(bounds.size() == draw.samples.size() + 1 && bounds.back() == x.size(0));
  const std::int64_t tokens = x.size(0), width = x.size(1);
  const Tensor y = x.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true).contiguous();
  float* const data = y.mutable_data_ptr<float>();
  const auto threshold = static_cast<std::uint32_t>(std::lround(probability * 65536));
  const auto scale = static_cast<float>(1.0 / (1.0 - probability));
  const std::array<std::uint32_t, 2> key = {static_cast<std::uint32_t>(draw.seed ^ (draw.seed >> 32)),
                                            static_cast<std::uint32_t>(draw.step)};
  at::parallel_for(0, tokens, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const auto segment =
          static_cast<std::size_t>(std::upper_bound(bounds.begin(), bounds.end(), t) - bounds.begin() - 1);
      const auto sample = static_cast<std::uint64_t>(draw.samples[segment]);
      // A row of the dataset, a position in it and a layer each have a word of the counter; the upper half of
      // a row's number joins the layer, which needs few bits.
      mask_row(data + t * width, width, threshold, scale,
               {0, static_cast<std::uint32_t>(t - bounds[segment]), static_cast<std::uint32_t>(sample),
                layer ^ (static_cast<std::uint32_t>(sample >> 32) << 16)},
               key);
    }
  });
  return y.to(x.scalar_type());
}

}  // namespace hone::ops
