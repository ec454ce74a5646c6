#include "dataset/step_planner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "dataset/permutation.hpp"

namespace hone {
namespace {

struct Data {
  std::vector<std::uint32_t> lengths, targets;
  explicit Data(std::int64_t rows) {
    for (std::int64_t i = 0; i < rows; ++i) {
      lengths.push_back(static_cast<std::uint32_t>(3 + (i * 37) % 61));
      targets.push_back(static_cast<std::uint32_t>(1 + (i * 5) % 3));
    }
  }
};

std::multiset<std::int64_t> rows_of(const StepPlan& plan) {
  std::multiset<std::int64_t> rows;
  for (const auto& own : plan.by_rank) {
    for (const auto& micro_batch : own) {
      for (const Pack& pack : micro_batch.rows) rows.insert(pack.begin(), pack.end());
    }
  }
  return rows;
}

TEST(StepPlanner, EveryEpochTakesEveryRowOnceWhateverRowCountRanksAndPacking) {
  for (const std::int64_t rows : {1, 7, 8, 9, 17, 100}) {
    const Data data(rows);
    for (const std::int64_t ranks : {1, 2, 3}) {
      for (const std::int64_t capacity : {0, 70}) {
        const StepPlanner planner(data.lengths, data.targets, {ranks, 2, 2, 5, capacity});
        std::int64_t step = 0;
        for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
          std::multiset<std::int64_t> seen;
          for (std::int64_t i = 0; i < planner.steps_in_epoch(epoch); ++i, ++step) {
            const StepPlan plan = planner.plan(step);
            const auto own = rows_of(plan);
            seen.insert(own.begin(), own.end());
            std::int64_t targets = 0, tokens = 0;
            for (const std::int64_t row : own) {
              targets += data.targets[row];
              tokens += data.lengths[row];
            }
            EXPECT_EQ(plan.target_count, targets);
            EXPECT_EQ(plan.token_count, tokens);
          }
          std::multiset<std::int64_t> all;
          for (std::int64_t row = 0; row < rows; ++row) all.insert(row);
          EXPECT_EQ(seen, all) << rows << " rows, " << ranks << " ranks, capacity " << capacity;
          EXPECT_DOUBLE_EQ(planner.plan(step - 1).epoch, static_cast<double>(epoch + 1));
        }
        EXPECT_EQ(planner.steps_for(3.0), step);
      }
    }
  }
}

TEST(StepPlanner, EveryRankHasTheSameNumberOfMicroBatchesWithinTheAskedSize) {
  for (const std::int64_t rows : {1, 7, 8, 9, 17}) {
    const Data data(rows);
    for (const std::int64_t ranks : {1, 2, 3, 4}) {
      const StepPlanner planner(data.lengths, data.targets, {ranks, 2, 3, 5, 0});
      for (std::int64_t step = 0; step < planner.steps_in_epoch(0); ++step) {
        const StepPlan plan = planner.plan(step);
        ASSERT_EQ(plan.by_rank.size(), static_cast<std::size_t>(ranks));
        for (const auto& own : plan.by_rank) {
          EXPECT_EQ(own.size(), plan.by_rank.front().size());
          EXPECT_LE(own.size(), 3U);
          for (const auto& micro_batch : own) EXPECT_LE(micro_batch.rows.size(), 2U);
        }
      }
    }
  }
}

TEST(StepPlanner, TheRowsOfAStepDependOnTheGlobalBatchAloneNotOnTheRankCount) {
  const Data data(50);
  const StepPlanner one(data.lengths, data.targets, {1, 4, 3, 9, 0}),
      two(data.lengths, data.targets, {2, 2, 3, 9, 0}), four(data.lengths, data.targets, {4, 3, 1, 9, 0});
  for (std::int64_t step = 0; step < 12; ++step) {
    EXPECT_EQ(rows_of(one.plan(step)), rows_of(two.plan(step)));
    EXPECT_EQ(rows_of(one.plan(step)), rows_of(four.plan(step)));
  }
}

TEST(StepPlanner, RanksGetNearlyEqualTokenLoads) {
  const Data data(64);
  const StepPlanner planner(data.lengths, data.targets, {4, 4, 4, 1, 0});
  std::vector<std::int64_t> loads;
  for (const auto& own : planner.plan(0).by_rank) {
    std::int64_t load = 0;
    for (const auto& micro_batch : own) {
      for (const Pack& pack : micro_batch.rows) load += data.lengths[pack.front()];
    }
    loads.push_back(load);
  }
  EXPECT_LE(*std::max_element(loads.begin(), loads.end()) - *std::min_element(loads.begin(), loads.end()),
            63);
}

TEST(StepPlanner, SeedsAndEpochsOrderTheRowsDifferentlyAndRepeatably) {
  const Data data(40);
  const StepPlanner a(data.lengths, data.targets, {1, 40, 1, 1, 0}),
      b(data.lengths, data.targets, {1, 8, 1, 1, 0}), c(data.lengths, data.targets, {1, 8, 1, 2, 0});
  EXPECT_EQ(rows_of(b.plan(3)), rows_of(b.plan(3)));
  EXPECT_NE(rows_of(b.plan(0)), rows_of(b.plan(5)));  // epoch 1
  EXPECT_NE(rows_of(b.plan(0)), rows_of(c.plan(0)));
  EXPECT_EQ(a.steps_in_epoch(0), 1);
}

TEST(StepPlanner, PacksHoldNoMoreThanTheirCapacityAndFillItWell) {
  const Data data(500);
  const StepPlanner planner(data.lengths, data.targets, {1, 1, 1, 3, 128});
  const std::int64_t tokens = std::accumulate(data.lengths.begin(), data.lengths.end(), std::int64_t{0});
  const std::int64_t packs = planner.steps_in_epoch(0);
  EXPECT_LE(static_cast<double>(packs), 1.05 * static_cast<double>(tokens) / 128 + 1);
  for (std::int64_t step = 0; step < packs; ++step) EXPECT_LE(planner.plan(step).token_count, 128);
}

TEST(EvalPlanner, TakesEveryRowOnceWithEqualMicroBatchCounts) {
  for (const std::int64_t rows : {1, 7, 8, 9, 17}) {
    const Data data(rows);
    for (const std::int64_t ranks : {1, 2, 3}) {
      const EvalPlanner planner(data.targets, ranks, 2);
      std::multiset<std::int64_t> seen;
      for (int rank = 0; rank < ranks; ++rank) {
        EXPECT_EQ(planner.micro_batches(rank).size(), planner.micro_batches(0).size());
        for (const auto& micro_batch : planner.micro_batches(rank)) {
          for (const Pack& pack : micro_batch.rows) seen.insert(pack.begin(), pack.end());
        }
      }
      EXPECT_EQ(seen.size(), static_cast<std::size_t>(rows));
      EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), static_cast<std::size_t>(rows));
      EXPECT_EQ(planner.target_count(),
                std::accumulate(data.targets.begin(), data.targets.end(), std::int64_t{0}));
    }
  }
}

TEST(Permutation, HoldsEveryNumberOnceForAnySeedAndEpoch) {
  for (const std::uint64_t seed : {0ULL, 1ULL, ~0ULL}) {
    std::vector<std::int64_t> order = permutation(1000, seed, seed + 1);
    std::sort(order.begin(), order.end());
    for (std::int64_t i = 0; i < 1000; ++i) ASSERT_EQ(order[i], i);
  }
}

}  // namespace
}  // namespace hone
