#include "model/ops/dropout.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/error.hpp"
#include "base/philox.hpp"
#include "base/simd.hpp"
#include "model/ops/dropout_any.hpp"

namespace hone::ops {
namespace {

using Words = std::uint32_t __attribute__((vector_size(32)));
using Floats = float __attribute__((vector_size(32)));
using Bytes = std::uint8_t __attribute__((vector_size(8)));

constexpr std::int64_t kLanes = 8;
// A draw has four words of two halves, and a tile eight draws: half h of word w of draw l decides on column
// 8 (4 h + w) + l of the tile, so that the lanes of a vector are neighbours everywhere.
constexpr std::int64_t kTile = 8 * kLanes;  // columns
constexpr std::int64_t kTilesAtOnce = 9;
constexpr std::int64_t kRowsPerTask = 16;

std::int64_t tiles_of(std::int64_t width) { return (width + kTile - 1) / kTile; }

// Draws counters place[0], place[0] + 1, ... for a row of the mask.
HONE_VECTORISED void draw_row(std::int64_t tiles, std::uint32_t threshold, std::array<std::uint32_t, 4> place,
                              std::array<std::uint32_t, 2> key, std::uint8_t* mask) {
  std::uint32_t words[4][kTilesAtOnce * kLanes];
  for (std::int64_t done = 0; done < tiles; done += kTilesAtOnce) {
    const std::int64_t draws = std::min(kTilesAtOnce, tiles - done) * kLanes;
    for (std::int64_t i = 0; i < draws; ++i) {
      const auto drawn =
          philox({place[0] + static_cast<std::uint32_t>(i), place[1], place[2], place[3]}, key);
      words[0][i] = drawn[0];
      words[1][i] = drawn[1];
      words[2][i] = drawn[2];
      words[3][i] = drawn[3];
    }
    for (std::int64_t i = 0; i < draws; i += kLanes, mask += kLanes) {
      Words bits = {};
      for (int w = 0; w < 4; ++w) {
        Words word;
        std::memcpy(&word, words[w] + i, sizeof word);
        bits |= reinterpret_cast<Words>((word & 0xFFFFU) >= threshold) & (1U << w);
        bits |= reinterpret_cast<Words>((word >> 16) >= threshold) & (16U << w);
      }
      const Bytes bytes = __builtin_convertvector(bits, Bytes);
      std::memcpy(mask, &bytes, sizeof bytes);
    }
    place[0] += static_cast<std::uint32_t>(draws);
  }
}

HONE_VECTORISED void mask_row(const float* x, const std::uint8_t* mask, std::int64_t width, float scale,
                              float* y) {
  for (std::int64_t begin = 0; begin < width; begin += kTile, mask += kLanes) {
    Bytes bytes;
    std::memcpy(&bytes, mask, sizeof bytes);
    const Words bits = __builtin_convertvector(bytes, Words);
    for (int i = 0; i < 8; ++i) {
      const std::int64_t column = begin + i * kLanes;
      if (column + kLanes > width) {
        for (std::int64_t j = 0; column + j < width; ++j)
          y[column + j] = (mask[j] >> i & 1) != 0 ? x[column + j] * scale : 0.0F;
        return;
      }
      Floats values;
      std::memcpy(&values, x + column, sizeof values);
      const Words kept = reinterpret_cast<Words>(values * scale) & -((bits >> i) & 1U);
      std::memcpy(y + column, &kept, sizeof kept);
    }
  }
}

}  // namespace

Tensor dropout_mask(std::int64_t width, double probability, std::uint32_t layer, const Bounds& bounds,
                    const DropoutDraw& draw, const at::Device& device) {
  HONE_ASSERT(bounds.size() == draw.samples.size() + 1);
  if (!device.is_cpu()) return dropout_mask_any(width, probability, layer, bounds, draw, device);
  const std::int64_t tokens = bounds.back(), tiles = tiles_of(width);
  const Tensor mask = at::empty({tokens, tiles * kLanes}, at::kByte);
  auto* const bytes = mask.mutable_data_ptr<std::uint8_t>();
  const auto threshold = static_cast<std::uint32_t>(std::lround(probability * 65536));
  const std::array<std::uint32_t, 2> key = {static_cast<std::uint32_t>(draw.seed ^ (draw.seed >> 32)),
                                            static_cast<std::uint32_t>(draw.step)};
  at::parallel_for(0, tokens, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const auto segment =
          static_cast<std::size_t>(std::upper_bound(bounds.begin(), bounds.end(), t) - bounds.begin() - 1);
      const auto sample = static_cast<std::uint64_t>(draw.samples[segment]);
      // A row of the dataset, a position in it and a layer each have a word of the counter; the upper half of
      // a row's number joins the layer, which needs few bits.
      draw_row(tiles, threshold,
               {0, static_cast<std::uint32_t>(t - bounds[segment]), static_cast<std::uint32_t>(sample),
                layer ^ (static_cast<std::uint32_t>(sample >> 32) << 16)},
               key, bytes + t * tiles * kLanes);
    }
  });
  return mask;
}

Tensor dropout(const Tensor& x, const Tensor& mask, double probability) {
  if (!x.is_cpu()) return dropout_any(x, mask, probability);
  const std::int64_t tokens = x.size(0), width = x.size(1), bytes = mask.size(1);
  HONE_ASSERT(mask.size(0) == tokens && bytes == tiles_of(width) * kLanes);
  const Tensor wide = x.to(at::kFloat).contiguous();
  const Tensor y = at::empty_like(wide);
  const auto* const in = wide.const_data_ptr<float>();
  const auto* const bits = mask.const_data_ptr<std::uint8_t>();
  auto* const out = y.mutable_data_ptr<float>();
  const auto scale = static_cast<float>(1.0 / (1.0 - probability));
  at::parallel_for(0, tokens, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t)
      mask_row(in + t * width, bits + t * bytes, width, scale, out + t * width);
  });
  return y.to(x.scalar_type());
}

}  // namespace hone::ops
