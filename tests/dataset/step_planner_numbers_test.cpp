#include <gtest/gtest.h>

#include <algorithm>

#include "dataset/permutation.hpp"
#include "dataset/step_planner.hpp"

namespace hone {
namespace {

struct Lengths {
  std::vector<std::uint32_t> lengths, targets;
  explicit Lengths(std::int64_t rows) {
    for (std::int64_t i = 0; i < rows; ++i) {
      lengths.push_back(static_cast<std::uint32_t>(1 + i * 37 % 50));
      targets.push_back(static_cast<std::uint32_t>(i % 7));
    }
  }
};

TEST(StepPlanner, NeedsOnlyTheStepNumberToGoOn) {
  const Lengths data(53);
  for (const std::int64_t capacity : {0, 64}) {
    const StepPlanner::Options options{2, 2, 2, 9, capacity};
    const StepPlanner running(data.lengths, data.targets, options);
    for (std::int64_t step = 0; step < running.steps_for(3); ++step) {
      const StepPlanner resumed(data.lengths, data.targets, options);
      const StepPlan a = running.plan(step), b = resumed.plan(step);
      ASSERT_EQ(a.by_rank.size(), b.by_rank.size());
      EXPECT_EQ(a.epoch, b.epoch);
      for (std::size_t rank = 0; rank < a.by_rank.size(); ++rank) {
        ASSERT_EQ(a.by_rank[rank].size(), b.by_rank[rank].size());
        for (std::size_t i = 0; i < a.by_rank[rank].size(); ++i)
          EXPECT_EQ(a.by_rank[rank][i].rows, b.by_rank[rank][i].rows);
      }
    }
  }
}

TEST(StepPlanner, CountsTheTokensAndTargetsOfTheRowsItDeals) {
  const Lengths data(53);
  for (const std::int64_t capacity : {0, 64}) {
    const StepPlanner planner(data.lengths, data.targets, {3, 2, 2, 1, capacity});
    for (std::int64_t step = 0; step < planner.steps_for(2); ++step) {
      const StepPlan plan = planner.plan(step);
      std::int64_t tokens = 0, targets = 0;
      for (const auto& own : plan.by_rank) {
        for (const auto& micro_batch : own) {
          for (const Pack& pack : micro_batch.rows) {
            for (const std::int64_t row : pack) {
              tokens += data.lengths[row];
              targets += data.targets[row];
            }
          }
        }
      }
      EXPECT_EQ(plan.token_count, tokens);
      EXPECT_EQ(plan.target_count, targets);
    }
  }
}

TEST(StepPlanner, GivesALongRowFewCompanions) {
  const std::vector<std::uint32_t> lengths{100, 10, 10, 10, 10}, targets(5, 1);
  const StepPlanner planner(lengths, targets, {2, 4, 1, 0, 0});
  std::vector<std::size_t> sizes;
  for (const auto& own : planner.plan(0).by_rank) sizes.push_back(own.front().rows.size());
  std::sort(sizes.begin(), sizes.end());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1, 4}));
}

TEST(StepPlanner, RoundsPartEpochsAsTransformersDoes) {
  // ceil(num_train_epochs x steps an epoch), in the same double arithmetic
  const Lengths data(10);
  const StepPlanner planner(data.lengths, data.targets, {1, 1, 1, 0, 0});
  for (const auto& [epochs, steps] :
       {std::pair{1.0, 10}, {0.5, 5}, {1.1, 11}, {2.3, 23}, {0.01, 1}, {1.51, 16}, {3.0, 30}}) {
    EXPECT_EQ(planner.steps_for(epochs), steps) << epochs;
  }
}

TEST(Permutation, IsTheSameOnEveryPlatform) {
  // Computed by a second implementation of the documented algorithm, in Python.
  EXPECT_EQ(permutation(1, 5, 0), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(permutation(10, 42, 0), (std::vector<std::int64_t>{4, 6, 7, 0, 9, 5, 1, 2, 3, 8}));
  EXPECT_EQ(permutation(10, 42, 1), (std::vector<std::int64_t>{8, 7, 9, 0, 1, 2, 5, 6, 4, 3}));
}

TEST(Permutation, IsUnbiased) {
  // Chi-square of the place of row 0 over 20000 epochs, 9 degrees of freedom: beyond 27.9 with probability
  // 0.001.
  std::vector<double> places(10, 0);
  for (std::uint64_t epoch = 0; epoch < 20000; ++epoch) {
    const auto order = permutation(10, 1, epoch);
    places[static_cast<std::size_t>(std::find(order.begin(), order.end(), 0) - order.begin())] += 1;
  }
  double chi_square = 0;
  for (const double count : places) chi_square += (count - 2000) * (count - 2000) / 2000;
  EXPECT_LT(chi_square, 27.9);
}

}  // namespace
}  // namespace hone
