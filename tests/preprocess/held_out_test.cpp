#include "preprocess/held_out.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hone {
namespace {

std::vector<bool> chosen(const HeldOut& held_out, std::uint64_t lines) {
  std::vector<bool> result;
  for (std::uint64_t line = 1; line <= lines; ++line) result.push_back(held_out.contains(0, line));
  return result;
}

TEST(HeldOut, AFractionIsHeldWithinFiveStandardDeviations) {
  const auto found = chosen(HeldOut::fraction(0.1, 7), 10000);
  EXPECT_NEAR(static_cast<double>(std::count(found.begin(), found.end(), true)), 1000, 150);
}

TEST(HeldOut, HangsOnTheSeedAndTheInput) {
  EXPECT_EQ(chosen(HeldOut::fraction(0.5, 7), 100), chosen(HeldOut::fraction(0.5, 7), 100));
  EXPECT_NE(chosen(HeldOut::fraction(0.5, 7), 100), chosen(HeldOut::fraction(0.5, 8), 100));
}

TEST(HeldOut, ALargerFractionHoldsTheRowsOfASmallerOne) {
  const HeldOut small = HeldOut::fraction(0.1, 3), large = HeldOut::fraction(0.4, 3);
  for (std::uint64_t line = 1; line < 500; ++line) {
    if (small.contains(2, line)) {
      EXPECT_TRUE(large.contains(2, line));
    }
  }
}

TEST(HeldOut, ACountIsExactWhateverTheOrderOfTheOffers) {
  HeldOut up = HeldOut::rows(10, 5), down = HeldOut::rows(10, 5);
  for (std::uint64_t line = 1; line <= 200; ++line) up.offer(0, line);
  for (std::uint64_t line = 200; line >= 1; --line) down.offer(0, line);
  const auto found = chosen(up, 200);
  EXPECT_EQ(std::count(found.begin(), found.end(), true), 10);
  EXPECT_EQ(found, chosen(down, 200));
}

}  // namespace
}  // namespace hone
