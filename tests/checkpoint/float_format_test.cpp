#include "checkpoint/float_format.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace hone {
namespace {

std::uint16_t rounded(FloatFormat format, float value) {
  std::uint16_t bits = 0;
  from_float(format, &value, 1, &bits);
  return bits;
}

TEST(FloatFormat, EveryHalfAndBFloat16ComesBackAsItself) {
  for (const FloatFormat format : {FloatFormat::kFloat16, FloatFormat::kBFloat16}) {
    for (std::uint32_t i = 0; i <= 0xFFFF; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      float value = 0;
      to_float(format, &bits, 1, &value);
      if (std::isnan(value)) {
        std::uint16_t again = rounded(format, value);
        float still = 0;
        to_float(format, &again, 1, &still);
        EXPECT_TRUE(std::isnan(still)) << i;
      } else {
        ASSERT_EQ(rounded(format, value), bits);
      }
    }
  }
}

TEST(FloatFormat, TiesGoToTheEvenNeighbour) {
  EXPECT_EQ(rounded(FloatFormat::kBFloat16, std::bit_cast<float>(0x3F808000U)), 0x3F80);
  EXPECT_EQ(rounded(FloatFormat::kBFloat16, std::bit_cast<float>(0x3F818000U)), 0x3F82);
  EXPECT_EQ(rounded(FloatFormat::kFloat16, 1.0F + 0x1p-11F), 0x3C00);
  EXPECT_EQ(rounded(FloatFormat::kFloat16, 1.0F + 3 * 0x1p-11F), 0x3C02);
  EXPECT_EQ(rounded(FloatFormat::kFloat16, 0x1p-25F), 0x0000);
  EXPECT_EQ(rounded(FloatFormat::kFloat16, 3 * 0x1p-25F), 0x0002);
}

TEST(FloatFormat, WhatIsTooLargeBecomesInfinite) {
  EXPECT_EQ(rounded(FloatFormat::kFloat16, 65519.0F), 0x7BFF);
  EXPECT_EQ(rounded(FloatFormat::kFloat16, 65520.0F), 0x7C00);
  EXPECT_EQ(rounded(FloatFormat::kBFloat16, 3.4028235e38F), 0x7F80);
}

TEST(FloatFormat, WhatStaysFiniteIsToldFromWhatDoesNot) {
  const float infinity = std::numeric_limits<float>::infinity();
  const auto stays = [](FloatFormat format, float value) {
    const float values[] = {0.5F, value, -1};
    return all_finite(format, values, 3);
  };
  EXPECT_TRUE(stays(FloatFormat::kFloat16, -65519.0F));
  EXPECT_FALSE(stays(FloatFormat::kFloat16, -65520.0F));
  EXPECT_TRUE(stays(FloatFormat::kBFloat16, 3.3895e38F));
  EXPECT_FALSE(stays(FloatFormat::kBFloat16, 3.4028235e38F));
  EXPECT_TRUE(stays(FloatFormat::kFloat32, 3.4028235e38F));
  for (const FloatFormat format : {FloatFormat::kFloat32, FloatFormat::kBFloat16, FloatFormat::kFloat16}) {
    EXPECT_FALSE(stays(format, -infinity));
    EXPECT_FALSE(stays(format, std::numeric_limits<float>::quiet_NaN()));
  }
}

}  // namespace
}  // namespace hone
