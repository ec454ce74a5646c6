#include "base/lane_sum.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "base/simd.hpp"

namespace hone {
namespace {

template <int Lanes>
HONE_VECTORISED float sum_of(const float* x, std::int64_t count) {
  return lane_sum<Lanes>(count, [=](std::int64_t i) { return x[i]; });
}

TEST(LaneSum, TakesEveryTermOnceWhateverTheCount) {
  std::vector<float> x;
  for (std::int64_t count = 0; count < 100; ++count) {
    // Whole numbers this small add up exactly in any order.
    EXPECT_EQ(sum_of<8>(x.data(), count), static_cast<float>(count * (count + 1) / 2));
    EXPECT_EQ(sum_of<16>(x.data(), count), static_cast<float>(count * (count + 1) / 2));
    x.push_back(static_cast<float>(count + 1));
  }
}

TEST(LaneSum, AddsInTheOrderItPromises) {
  // 2^24 swallows a 1 that is added to it alone, so the result tells which terms met first.
  const float big = 16777216;
  std::vector<float> x(20, 0);
  x[0] = big;                         // lane 0
  x[16] = x[17] = x[18] = x[19] = 1;  // beyond the last whole run: the sum begins with their 4
  x[1] = x[9] = 1;                    // lane 1: 2, which reaches the sum whole
  EXPECT_EQ(sum_of<8>(x.data(), 20), big + 6);
  x[9] = 0;  // lane 1: 1, swallowed by the sum
  EXPECT_EQ(sum_of<8>(x.data(), 20), big + 4);
  x[1] = 0;
  x[8] = 1;  // swallowed inside lane 0
  EXPECT_EQ(sum_of<8>(x.data(), 20), big + 4);
}

}  // namespace
}  // namespace hone
