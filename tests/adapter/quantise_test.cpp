#include "adapter/quantise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "adapter/quantised_tensor.hpp"

namespace hone {
namespace {

constexpr FourBitType kTypes[] = {FourBitType::kNf4, FourBitType::kFp4};

std::vector<float> normal_weights(std::size_t count) {
  std::mt19937 generator(7);
  std::normal_distribution<float> normal(0.0F, 0.02F);
  std::vector<float> weights(count);
  for (float& weight : weights) weight = normal(generator);
  return weights;
}

int code_of(const std::vector<std::uint8_t>& codes, std::size_t weight) {
  return weight % 2 == 0 ? codes[weight / 2] >> 4 : codes[weight / 2] & 15;
}

TEST(QuantiseBlocks, EveryWeightGetsTheNearestOfTheSixteenValues) {
  const std::vector<float> weights = normal_weights(1000);
  for (const FourBitType type : kTypes) {
    std::vector<std::uint8_t> codes(500);
    std::vector<float> scales(16);
    quantise_blocks(type, weights.data(), 1000, codes.data(), scales.data());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float scale = scales[i / 64];
      const auto distance = [&](int code) {
        return std::fabs(weights[i] - scale * four_bit_values(type)[static_cast<std::size_t>(code)]);
      };
      for (int code = 0; code < 16; ++code)
        EXPECT_LE(distance(code_of(codes, i)), distance(code) + 1e-7F * scale);
    }
  }
}

TEST(QuantiseBlocks, AScaleIsTheLargestMagnitudeOfItsBlock) {
  std::vector<float> weights(130, 0.5F);
  weights[3] = -2.0F;
  weights[127] = 3.0F;
  std::vector<std::uint8_t> codes(65);
  std::vector<float> scales(3);
  quantise_blocks(FourBitType::kNf4, weights.data(), 130, codes.data(), scales.data());
  EXPECT_EQ(scales, (std::vector<float>{2.0F, 3.0F, 0.5F}));
}

TEST(QuantiseBlocks, ANonFiniteWeightShowsInItsBlocksScale) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (const std::size_t place : {0, 63, 64, 100, 129}) {
      std::vector<float> weights = normal_weights(130);
      weights[place] = bad;
      std::vector<std::uint8_t> codes(65);
      std::vector<float> scales(3);
      quantise_blocks(FourBitType::kNf4, weights.data(), 130, codes.data(), scales.data());
      for (std::size_t block = 0; block < 3; ++block)
        EXPECT_EQ(std::isfinite(scales[block]), block != place / 64) << place;
    }
  }
}

TEST(QuantiseBlocks, PiecesCutAtGroupsBecomeTheBytesOfTheWhole) {
  for (const std::size_t count : {16384U, 16385U, 50000U, 163839U}) {
    const std::vector<float> weights = normal_weights(count);
    for (const FourBitType type : kTypes) {
      const QuantisedTensor whole(type, weights, std::int64_t{1} << 30);
      for (const std::int64_t groups : {1, 2, 3, 7}) {
        const QuantisedTensor pieces(type, weights, groups * kWeightsPerGroup);
        EXPECT_EQ(pieces.offset, whole.offset);
        EXPECT_EQ(pieces.codes, whole.codes);
        EXPECT_EQ(pieces.scales, whole.scales);
        EXPECT_EQ(pieces.group_maxima, whole.group_maxima);
      }
    }
  }
}

}  // namespace
}  // namespace hone
