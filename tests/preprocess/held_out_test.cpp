#include "preprocess/held_out.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hone {
namespace {

Row at(std::uint64_t line, std::uint32_t file = 0, std::uint32_t nth = 0) {
  return {{}, {}, file, line, nth};
}

std::vector<bool> chosen(const HeldOut& held_out, std::uint64_t lines) {
  std::vector<bool> result;
  for (std::uint64_t line = 1; line <= lines; ++line) result.push_back(held_out.contains(at(line)));
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
    if (small.contains(at(line, 2))) {
      EXPECT_TRUE(large.contains(at(line, 2)));
    }
  }
}

TEST(HeldOut, ACountIsExactWhateverTheOrderOfTheOffers) {
  HeldOut up = HeldOut::rows(10, 5), down = HeldOut::rows(10, 5);
  for (std::uint64_t line = 1; line <= 200; ++line) up.offer(at(line));
  for (std::uint64_t line = 200; line >= 1; --line) down.offer(at(line));
  const auto found = chosen(up, 200);
  EXPECT_EQ(std::count(found.begin(), found.end(), true), 10);
  EXPECT_EQ(found, chosen(down, 200));
}

TEST(HeldOut, RowsThatBeginInOneLineAreDrawnEachByItself) {
  const HeldOut fraction = HeldOut::fraction(0.1, 7);
  HeldOut count = HeldOut::rows(10, 7);
  for (std::uint32_t nth = 0; nth < 1000; ++nth) count.offer(at(1, 0, nth));
  int in_fraction = 0, in_count = 0;
  for (std::uint32_t nth = 0; nth < 1000; ++nth) {
    in_fraction += fraction.contains(at(1, 0, nth)) ? 1 : 0;
    in_count += count.contains(at(1, 0, nth)) ? 1 : 0;
  }
  EXPECT_NEAR(in_fraction, 100, 48);
  EXPECT_EQ(in_count, 10);
}

}  // namespace
}  // namespace hone
