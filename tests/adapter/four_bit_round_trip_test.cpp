#include "adapter/four_bit_round_trip.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "quantised_tensor.hpp"

namespace hone {
namespace {

std::vector<float> weights_of(std::int64_t count) {
  std::mt19937 engine(3);
  std::normal_distribution<float> normal(0, 0.02F);
  std::vector<float> weights(static_cast<std::size_t>(count));
  for (float& weight : weights) weight = normal(engine);
  return weights;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(FourBitRoundTrip, HasTheSameBitsForAnyNumberOfThreads) {
  for (const std::int64_t count : {1, 65, 16384, 100'003}) {
    for (const FourBitType type : {FourBitType::kNf4, FourBitType::kFp4}) {
      std::vector<float> one = weights_of(count);
      round_trip_four_bits(type, one.data(), count, 1);
      for (const int threads : {2, 3, 16}) {
        std::vector<float> several = weights_of(count);
        round_trip_four_bits(type, several.data(), count, threads);
        EXPECT_TRUE(same_bits(one, several)) << count;
      }
    }
  }
}

TEST(FourBitRoundTrip, GivesWhatOneThatIsKeptIsRestoredTo) {
  const std::vector<float> weights = weights_of(40'001);
  const QuantisedTensor kept(FourBitType::kNf4, weights, kWeightsPerGroup);
  std::vector<float> expected(weights.size()), result = weights;
  dequantise(kept.span(), 0, std::ssize(weights), expected.data());
  round_trip_four_bits(FourBitType::kNf4, result.data(), std::ssize(result), 2);
  EXPECT_TRUE(same_bits(expected, result));
}

TEST(FourBitRoundTrip, LeavesNothingFiniteWhereOneWeightIsNot) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    std::vector<float> weights = weights_of(20'000);
    weights[17'000] = bad;
    round_trip_four_bits(FourBitType::kFp4, weights.data(), std::ssize(weights), 2);
    for (const float weight : weights) ASSERT_FALSE(std::isfinite(weight));
  }
}

}  // namespace
}  // namespace hone
