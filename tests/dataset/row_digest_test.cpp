#include "dataset/row_digest.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(RowDigest, IsThatOfIdsAndTargetsAlone) {
  const Row row = {{7, 5}, {0, 1}, 0, 1};
  EXPECT_EQ(digest_of(row), digest_of({{7, 5}, {0, 1}, 3, 90}));
  EXPECT_NE(digest_of(row), digest_of({{7, 6}, {0, 1}, 0, 1}));
  EXPECT_NE(digest_of(row), digest_of({{7, 5}, {1, 1}, 0, 1}));
  EXPECT_NE(digest_of(row), digest_of({{7, 5, 5}, {0, 1, 1}, 0, 1}));
}

}  // namespace
}  // namespace hone
