#include "model/ops/dropout.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/philox.hpp"

namespace hone {
namespace {

constexpr double kProbability = 0.3;

Tensor drop(const Tensor& x, const ops::Bounds& bounds, const DropoutDraw& draw, std::uint32_t layer = 3,
            double probability = kProbability) {
  return ops::dropout(x, ops::dropout_mask(x.size(1), probability, layer, bounds, draw), probability);
}

/// The mask of one sample: 0 or 1 / (1 - probability).
Tensor mask_of(std::int64_t tokens, std::int64_t width, const DropoutDraw& draw, std::uint32_t layer = 3) {
  return drop(at::ones({tokens, width}, at::kFloat), {0, tokens}, draw, layer);
}

double share_kept(const Tensor& mask) { return mask.ne(0).to(at::kDouble).mean().item<double>(); }

TEST(Dropout, KeepsItsShareAndScalesWhatItKeeps) {
  for (const double probability : {0.05, 0.3, 0.9}) {
    const Tensor x = at::full({500, 1001}, 3.0F, at::kFloat);
    const Tensor y = drop(x, {0, 500}, {1, 2, {3}}, 0, probability);
    const double sigma = std::sqrt(probability * (1 - probability) / static_cast<double>(x.numel()));
    EXPECT_NEAR(share_kept(y), 1 - probability, 5 * sigma + 1.0 / 65536);
    const Tensor kept = y.masked_select(y.ne(0));
    EXPECT_TRUE(at::allclose(kept, at::full_like(kept, 3.0 / (1 - probability)), 1e-6, 0));
  }
}

TEST(Dropout, KeepsTheSameShareOfEveryColumnAndToken) {
  const Tensor kept = mask_of(2000, 40, {7, 0, {0}}).ne(0).to(at::kDouble);
  const double sigma = std::sqrt(kProbability * (1 - kProbability));
  EXPECT_LT((kept.mean(0) - (1 - kProbability)).abs().max().item<double>(), 5 * sigma / std::sqrt(2000.0));
  EXPECT_LT((kept.mean(1) - (1 - kProbability)).abs().max().item<double>(), 5 * sigma / std::sqrt(40.0));
}

TEST(Dropout, IsItsOwnBackward) {
  at::manual_seed(1);
  const ops::Bounds bounds = {0, 6, 6, 17};
  const DropoutDraw draw = {9, 4, {12, 13, 14}};
  const Tensor x = at::randn({17, 21}, at::kDouble).requires_grad_(true),
               dy = at::randn({17, 21}, at::kDouble);
  const Tensor y = x * drop(at::ones({17, 21}, at::kDouble), bounds, draw);
  (y * dy).sum().backward();
  EXPECT_TRUE(at::allclose(drop(x.detach(), bounds, draw), y.detach(), 1e-6, 0));
  EXPECT_TRUE(at::allclose(drop(dy, bounds, draw), x.grad(), 1e-6, 0));
}

TEST(Dropout, ASampleKeepsItsMaskInAnyBatchAtAnyPlace) {
  for (const std::int64_t width : {1, 7, 8, 13, 64}) {
    const Tensor first = mask_of(5, width, {1, 2, {30}}), second = mask_of(9, width, {1, 2, {31}});
    const Tensor ones = at::ones({14, width}, at::kFloat);
    const Tensor together = drop(ones, {0, 5, 14}, {1, 2, {30, 31}});
    EXPECT_TRUE(at::equal(together, at::cat({first, second}))) << width;
    const Tensor swapped = drop(ones, {0, 9, 14}, {1, 2, {31, 30}});
    EXPECT_TRUE(at::equal(swapped, at::cat({second, first}))) << width;
    // Nor does it depend on how long the sample or how wide the row is.
    EXPECT_TRUE(at::equal(mask_of(20, 100, {1, 2, {31}}).narrow(0, 0, 9).narrow(1, 0, width), second))
        << width;
  }
}

TEST(Dropout, ThreadsChangeNothing) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Tensor alone = mask_of(300, 33, {1, 2, {3}});
  at::set_num_threads(3);
  EXPECT_TRUE(at::equal(mask_of(300, 33, {1, 2, {3}}), alone));
  at::set_num_threads(before);
}

TEST(Dropout, SeedStepSampleLayerAndPositionEachDrawAnew) {
  const Tensor mask = mask_of(64, 640, {1, 2, {3}});
  const std::int64_t high = std::int64_t{1} << 32;
  // Masks that know nothing of each other agree in p^2 + (1 - p)^2 of their elements.
  const double expected = kProbability * kProbability + (1 - kProbability) * (1 - kProbability);
  const auto expect_unrelated = [&](const Tensor& a, const Tensor& b, const char* what) {
    EXPECT_NEAR(a.eq(b).to(at::kDouble).mean().item<double>(), expected, 0.015) << what;
  };
  expect_unrelated(mask_of(64, 640, {2, 2, {3}}), mask, "seed");
  expect_unrelated(mask_of(64, 640, {1ULL << 40, 2, {3}}), mask, "high half of the seed");
  expect_unrelated(mask_of(64, 640, {1, 3, {3}}), mask, "step");
  expect_unrelated(mask_of(64, 640, {1, 2, {4}}), mask, "sample");
  expect_unrelated(mask_of(64, 640, {1, 2, {3 + high}}), mask, "high half of the sample");
  expect_unrelated(mask_of(64, 640, {1, 2, {3}}, 4), mask, "layer");
  expect_unrelated(mask.narrow(0, 1, 63), mask.narrow(0, 0, 63), "position");
  expect_unrelated(mask.narrow(1, 8, 632), mask.narrow(1, 0, 632), "column");
}

TEST(Dropout, DrawsAnElementFromTheHalfWordOfItsOwnPlace) {
  const std::int64_t tokens = 3, width = 1001;
  const std::uint64_t seed = 0x123456789ABCDEFULL;
  const Tensor mask = mask_of(tokens, width, {seed, 5, {77}}, 9);
  const auto threshold = static_cast<std::uint32_t>(std::lround(kProbability * 65536));
  for (std::int64_t t = 0; t < tokens; ++t) {
    for (std::int64_t column = 0; column < width; ++column) {
      const std::int64_t draw = column / 64 * 8 + column % 8, word = column / 8 % 4, half = column / 32 % 2;
      const auto words = philox({static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(t), 77, 9},
                                {static_cast<std::uint32_t>(seed ^ (seed >> 32)), 5});
      const std::uint32_t bits = words[static_cast<std::size_t>(word)] >> (16 * half) & 0xFFFFU;
      ASSERT_EQ(mask[t][column].item<float>() == 0, bits < threshold) << t << " " << column;
    }
  }
}

TEST(Dropout, WhatIsDroppedIsZeroWhateverItWas) {
  const Tensor x = at::full({40, 70}, INFINITY, at::kFloat);
  const Tensor y = drop(x, {0, 40}, {1, 2, {3}});
  EXPECT_TRUE(at::equal(y.eq(0), mask_of(40, 70, {1, 2, {3}}).eq(0)));
  EXPECT_FALSE(y.isnan().any().item<bool>());
}

TEST(Dropout, TakesSixteenBitAndEmptyTensors) {
  const Tensor half = drop(at::ones({4, 12}, at::kBFloat16), {0, 4}, {1, 2, {3}});
  EXPECT_EQ(half.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::equal(half.ne(0), mask_of(4, 12, {1, 2, {3}}).ne(0)));
  EXPECT_EQ(drop(at::ones({0, 12}, at::kFloat), {0}, {1, 2, {}}).size(0), 0);
}

}  // namespace
}  // namespace hone
