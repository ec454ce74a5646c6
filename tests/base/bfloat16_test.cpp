// Against the definition of the formats in exact arithmetic: every bfloat16 and every midpoint between two is
// a double.
#include "base/bfloat16.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace hone {
namespace {

constexpr std::uint16_t kSign = 0x8000, kInfinity = 0x7F80;

/// The value of a finite bfloat16 without its sign bit: 8 bits of exponent with bias 127, 7 of fraction. The
/// pattern after the largest finite one, infinity, counts as 2^128: where rounding would go on to.
double magnitude(std::uint16_t bits) {
  const int exponent = bits >> 7, fraction = bits & 0x7F;
  return exponent == 0 ? std::ldexp(fraction, -133) : std::ldexp(128 + fraction, exponent - 134);
}

/// Of the neighbours `low` and `low` + 1 the nearer to `value`; of two equally near the one whose last bit is
/// 0.
std::uint16_t nearest(double value, std::uint16_t low) {
  const auto high = static_cast<std::uint16_t>(low + 1);
  const double to_low = value - magnitude(low), to_high = magnitude(high) - value;
  EXPECT_GE(to_low, 0);
  EXPECT_GE(to_high, 0);
  if (to_low == to_high) return low % 2 == 0 ? low : high;
  return to_low < to_high ? low : high;
}

TEST(Bfloat16, EveryFinitePatternHasItsValueAndComesBack) {
  for (std::uint16_t bits = 0; bits < kInfinity; ++bits) {
    const auto negative = static_cast<std::uint16_t>(bits | kSign);
    ASSERT_EQ(static_cast<double>(from_bfloat16(bits)), magnitude(bits)) << bits;
    ASSERT_EQ(static_cast<double>(from_bfloat16(negative)), -magnitude(bits)) << bits;
    ASSERT_EQ(to_bfloat16(from_bfloat16(bits)), bits);
    ASSERT_EQ(to_bfloat16(from_bfloat16(negative)), negative);  // -0 among them
  }
}

TEST(Bfloat16, RoundsToTheNearestAndTiesToEvenBetweenAnyTwoNeighbours) {
  std::mt19937 random(1);
  for (std::uint16_t low = 0; low < kInfinity; ++low) {
    const auto top = static_cast<std::uint32_t>(low) << 16;
    for (const std::uint32_t rest : {0x0000U, 0x0001U, 0x7FFFU, 0x8000U, 0x8001U, 0xFFFFU,
                                     static_cast<std::uint32_t>(random() & 0xFFFFU)}) {
      const auto value = std::bit_cast<float>(top | rest);
      const std::uint16_t expected = nearest(static_cast<double>(value), low);
      ASSERT_EQ(to_bfloat16(value), expected) << value;
      ASSERT_EQ(to_bfloat16(-value), expected | kSign) << -value;
    }
  }
}

TEST(Bfloat16, TheEndsOfTheRange) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(to_bfloat16(infinity), kInfinity);
  EXPECT_EQ(to_bfloat16(-infinity), kInfinity | kSign);
  EXPECT_EQ(from_bfloat16(kInfinity), infinity);
  EXPECT_EQ(to_bfloat16(std::numeric_limits<float>::max()), kInfinity);
  EXPECT_EQ(to_bfloat16(0x1.FEFFFEp127F), 0x7F7F);  // below the midpoint to 2^128: the largest finite
  EXPECT_EQ(to_bfloat16(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(to_bfloat16(0x1p-133F), 1);    // the smallest bfloat16
  EXPECT_EQ(to_bfloat16(0x1p-134F), 0);    // half of it: to even
  EXPECT_EQ(to_bfloat16(0x1.8p-133F), 2);  // one and a half: to even
  EXPECT_EQ(to_bfloat16(-0x1p-134F), kSign);
}

TEST(Bfloat16, ANaNStaysOneAndKeepsItsSignWhereverItsBitsLie) {
  for (const std::uint32_t bits : {0x7F800001U, 0x7F80FFFFU, 0x7FBFFFFFU, 0x7FC00000U, 0x7FFFFFFFU}) {
    for (const std::uint32_t sign : {0U, 0x80000000U}) {
      const std::uint16_t rounded = to_bfloat16(std::bit_cast<float>(bits | sign));
      EXPECT_TRUE(std::isnan(from_bfloat16(rounded))) << std::hex << (bits | sign);
      EXPECT_EQ(rounded >> 15, sign >> 31) << std::hex << (bits | sign);
    }
  }
}

}  // namespace
}  // namespace hone
