#include "dataset/length_histogram.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

LengthHistogram histogram(const std::vector<std::uint64_t>& lengths) {
  LengthHistogram result;
  for (const std::uint64_t length : lengths) result.add(length);
  return result;
}

TEST(LengthHistogram, HasABinForEachPowerOfTwoThatHoldsARow) {
  const auto bins = histogram({1, 2, 3, 4, 7, 300, 512}).bins(512);
  const std::uint64_t expected[][3] = {{1, 1, 1}, {2, 3, 2}, {4, 7, 2}, {256, 511, 1}, {512, 512, 1}};
  ASSERT_EQ(bins.size(), std::size(expected));
  for (std::size_t i = 0; i < bins.size(); ++i) {
    EXPECT_EQ(bins[i].first, expected[i][0]);
    EXPECT_EQ(bins[i].last, expected[i][1]);
    EXPECT_EQ(bins[i].rows, expected[i][2]);
  }
}

TEST(LengthHistogram, CountsTheLongestLengthThatThereIs) {
  const auto bins = histogram({0xFFFFFFFF}).bins(0xFFFFFFFF);
  ASSERT_EQ(bins.size(), 1U);
  EXPECT_EQ(bins[0].first, 0x80000000U);
  EXPECT_EQ(bins[0].last, 0xFFFFFFFFU);
}

TEST(LengthHistogram, ASparklineHasACharacterForEachBin) {
  const LengthHistogram lengths = histogram({4, 4, 4, 4, 4, 4, 4, 4, 16, 16, 16, 16, 32});
  EXPECT_EQ(lengths.sparkline(4, 40), "\u2588.\u2584\u2581");
  EXPECT_EQ(lengths.sparkline(1, 64), "..\u2588.\u2584\u2581.");
}

}  // namespace
}  // namespace hone
