#include "adapter/quantised_layout.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(QuantisedLayout, WholeGroupsTakeAHalfAndASixtyFourthAndFourBytesPerGroup) {
  for (const std::int64_t groups : {1, 2, 3, 1000, 1 << 20}) {
    const std::int64_t weights = groups * 16384;
    const QuantisedSizes sizes = quantised_sizes(weights);
    EXPECT_EQ(sizes.codes, weights / 2);
    EXPECT_EQ(sizes.scales, weights / 64);
    EXPECT_EQ(sizes.group_maxima, groups);
    EXPECT_EQ(sizes.bytes(), weights / 2 + weights / 64 + 4 * groups);
  }
}

TEST(QuantisedLayout, ACutGroupOrBlockCountsAsOne) {
  const auto expect = [](std::int64_t weights, std::int64_t codes, std::int64_t scales, std::int64_t maxima) {
    const QuantisedSizes sizes = quantised_sizes(weights);
    EXPECT_EQ(sizes.codes, codes) << weights;
    EXPECT_EQ(sizes.scales, scales) << weights;
    EXPECT_EQ(sizes.group_maxima, maxima) << weights;
  };
  expect(0, 0, 0, 0);
  expect(1, 1, 1, 1);
  expect(63, 32, 1, 1);
  expect(64, 32, 1, 1);
  expect(65, 33, 2, 1);
  expect(16383, 8192, 256, 1);
  expect(16384, 8192, 256, 1);
  expect(16385, 8193, 257, 2);
}

TEST(QuantisedLayout, PiecesCutAtGroupsTakeWhatTheWholeTakes) {
  for (const std::int64_t weights : {16385, 49152, 1000007}) {
    for (std::int64_t cut = 0; cut <= weights; cut += kWeightsPerGroup) {
      const QuantisedSizes left = quantised_sizes(cut), right = quantised_sizes(weights - cut);
      EXPECT_EQ(left.bytes() + right.bytes(), quantised_sizes(weights).bytes());
    }
  }
}

TEST(QuantisedLayout, CountsStayRightBeyondThirtyTwoBits) {
  EXPECT_EQ(quantised_sizes(std::int64_t{1} << 40).bytes(),
            (std::int64_t{1} << 39) + (std::int64_t{1} << 34) + (std::int64_t{1} << 28));
}

}  // namespace
}  // namespace hone
