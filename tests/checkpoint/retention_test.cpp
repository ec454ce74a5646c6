#include "checkpoint/retention.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hone {
namespace {

using Steps = std::vector<std::int64_t>;

TEST(Retention, WithoutALimitNothingGoes) {
  EXPECT_EQ(checkpoints_to_remove({1, 2, 3}, 0, 3, std::nullopt), Steps{});
}

TEST(Retention, TheLowestStepsGoByNumberNotByText) {
  EXPECT_EQ(checkpoints_to_remove({1000, 999, 9}, 2, 1000, std::nullopt), Steps{9});
  EXPECT_EQ(checkpoints_to_remove({1000, 999, 9}, 1, 1000, std::nullopt), (Steps{9, 999}));
}

TEST(Retention, TheBestStaysBesideTheNewest) {
  EXPECT_EQ(checkpoints_to_remove({2, 4, 6}, 1, 6, 2), Steps{4});
  EXPECT_EQ(checkpoints_to_remove({2, 4, 6}, 2, 6, 2), Steps{4});
  EXPECT_EQ(checkpoints_to_remove({2, 4, 6, 8}, 3, 8, 2), Steps{4});
  EXPECT_EQ(checkpoints_to_remove({2, 4, 6}, 1, 6, 6), (Steps{2, 4}));
}

// Loss curves with the best early, late, in the middle and shared by several; limits 1 to 3.
TEST(Retention, AlongARunNewestAndBestAreAlwaysThereAndTheLimitHolds) {
  const std::vector<std::vector<double>> curves = {
      {1, 2, 3, 4, 5}, {5, 4, 3, 2, 1}, {3, 1, 2, 1, 3}, {2, 2, 2, 2, 2}, {4, 1, 5, 6, 0}};
  for (const auto& curve : curves) {
    for (std::int64_t limit = 1; limit <= 3; ++limit) {
      Steps kept;
      for (std::size_t i = 0; i < curve.size(); ++i) {
        const auto newest = static_cast<std::int64_t>(10 * (i + 1));
        const auto lowest =
            std::min_element(curve.begin(), curve.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        const std::int64_t best = 10 * (lowest - curve.begin() + 1);
        kept.push_back(newest);
        for (const std::int64_t step : checkpoints_to_remove(kept, limit, newest, best))
          std::erase(kept, step);
        EXPECT_TRUE(std::count(kept.begin(), kept.end(), newest));
        EXPECT_TRUE(std::count(kept.begin(), kept.end(), best));
        EXPECT_LE(static_cast<std::int64_t>(kept.size()),
                  std::max<std::int64_t>(limit, newest == best ? 1 : 2));
      }
    }
  }
}

}  // namespace
}  // namespace hone
