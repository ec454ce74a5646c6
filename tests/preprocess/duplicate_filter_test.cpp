#include "preprocess/duplicate_filter.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

Row row(std::uint32_t id) { return {{7, id}, {0, 1}, 0, 1}; }

TEST(DuplicateFilter, TellsRowsOfTheSameIdsAndTargets) {
  DuplicateFilter filter;
  Row other_mask = row(5), elsewhere = row(5);
  other_mask.loss_mask[0] = 1;
  elsewhere.source_line = 90;
  EXPECT_FALSE(filter.seen_before(row(5)));
  EXPECT_FALSE(filter.seen_before(row(6)));
  EXPECT_FALSE(filter.seen_before(other_mask));
  EXPECT_TRUE(filter.seen_before(elsewhere));
}

}  // namespace
}  // namespace hone
