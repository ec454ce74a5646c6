#include "base/number_text.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(NumberText, CountsAreReadInGroupsAndAgreeWithTheirThing) {
  EXPECT_EQ(count_text(1234567), "1,234,567");
  EXPECT_EQ(counted(0, "row"), "0 rows");
  EXPECT_EQ(counted(1, "row"), "1 row");
  EXPECT_EQ(counted(1234, "row"), "1,234 rows");
}

TEST(NumberText, SharesArePercentOfTheWhole) {
  EXPECT_EQ(share_text(1, 3), "33.3 %");
  EXPECT_EQ(share_text(0, 3), "0.0 %");
  EXPECT_EQ(share_text(3, 3), "100.0 %");
}

}  // namespace
}  // namespace hone
