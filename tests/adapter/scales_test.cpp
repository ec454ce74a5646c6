#include "adapter/scales.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "adapter/scale_map.hpp"

namespace hone {
namespace {

TEST(ScaleMap, AscendsFromNearMinusOneToOneThroughZero) {
  const auto& map = scale_map();
  for (std::size_t i = 1; i < map.size(); ++i) EXPECT_LT(map[i - 1], map[i]);
  EXPECT_EQ(map[127], 0.0F);
  EXPECT_EQ(map[255], 1.0F);
  for (std::size_t i = 0; i < 127; ++i) EXPECT_EQ(map[i], -map[254 - i]);
}

TEST(ScaleMap, TheCodeIsThatOfTheNearestEntryWithinHalfAnEvenStep) {
  for (int i = -2000; i <= 2000; ++i) {
    const float value = static_cast<float>(i) / 2000.0F;
    float nearest = 2.0F;
    for (const float entry : scale_map()) nearest = std::min(nearest, std::fabs(entry - value));
    EXPECT_LE(std::fabs(scale_map()[scale_code(value)] - value), nearest + 2.0F / 65535.0F) << value;
  }
}

TEST(ScaleMap, ValuesOutsideAreBroughtIn) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(scale_code(1.5F), 255);
  EXPECT_EQ(scale_code(infinity), 255);
  EXPECT_EQ(scale_code(-1.5F), 0);
  EXPECT_EQ(scale_code(-infinity), 0);
  EXPECT_EQ(scale_code(std::numeric_limits<float>::quiet_NaN()), 0);
}

TEST(ScaleOffset, IsTheMeanRoundedOnce) {
  // In fp32 each 1 would be lost beside 2^25.
  std::vector<float> scales(600, 1.0F);
  scales[0] = 33554432.0F;
  std::vector<double> sums(3);
  sum_scales(scales.data(), 600, sums.data());
  EXPECT_EQ(sums[1], 256.0);
  EXPECT_EQ(sums[2], 88.0);
  EXPECT_EQ(scale_offset(sums, 600), static_cast<float>((33554432.0 + 599.0) / 600.0));
}

TEST(ScaleOffset, IsFiniteExactlyIfEveryScaleIs) {
  std::vector<float> scales(300, std::numeric_limits<float>::max());
  std::vector<double> sums(2);
  sum_scales(scales.data(), 300, sums.data());
  EXPECT_EQ(scale_offset(sums, 300), std::numeric_limits<float>::max());
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    scales[299] = bad;
    sum_scales(scales.data(), 300, sums.data());
    EXPECT_FALSE(std::isfinite(scale_offset(sums, 300)));
  }
}

TEST(CompressScales, EqualScalesComeBackExactly) {
  const std::vector<float> scales(300, 0.0371F);
  std::vector<std::uint8_t> codes(300, 9);
  std::vector<float> maxima(2, 9.0F), restored(256);
  compress_scales(scales.data(), 300, 0.0371F, codes.data(), maxima.data());
  EXPECT_EQ(maxima, (std::vector<float>{0.0F, 0.0F}));
  restore_scales(codes.data(), 256, maxima[0], 0.0371F, restored.data());
  EXPECT_EQ(restored, std::vector<float>(256, 0.0371F));
}

}  // namespace
}  // namespace hone
