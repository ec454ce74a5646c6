#include "inspect/statistics.hpp"

#include "dataset/dataset_test_support.hpp"

namespace hone {
namespace {

LengthSummary summary(std::vector<std::uint32_t> lengths) { return summary_of(lengths); }

TEST(LengthSummary, PercentilesAreLengthsOfRows) {
  std::vector<std::uint32_t> hundred;
  for (std::uint32_t i = 100; i > 0; --i) hundred.push_back(i);
  const LengthSummary lengths = summary(hundred);
  EXPECT_EQ(lengths.shortest, 1U);
  EXPECT_EQ(lengths.p50, 50U);
  EXPECT_EQ(lengths.p90, 90U);
  EXPECT_EQ(lengths.p99, 99U);
  EXPECT_EQ(lengths.longest, 100U);
}

TEST(LengthSummary, OfFewRowsThePercentilesAreTheLongerOnes) {
  EXPECT_EQ(summary({7}).p50, 7U);
  EXPECT_EQ(summary({7}).p99, 7U);
  EXPECT_EQ(summary({9, 5}).p50, 5U);
  EXPECT_EQ(summary({9, 5}).p90, 9U);
  EXPECT_EQ(summary({3, 1, 2}).p50, 2U);
}

TEST(Statistics, OfTheInputsAddUpToThoseOfTheWhole) {
  const TemporaryFolder folder;
  make_dataset(folder.path(), 101, 300);  // rows come from the two inputs in turn
  const DatasetStatistics statistics = statistics_of(Dataset::open(folder.path()));
  ASSERT_EQ(statistics.sources.size(), 2U);
  RowStatistics expected[2];
  for (std::uint64_t i = 0; i < 101; ++i) {
    const Row row = make_row(i);
    expected[i % 2].rows += 1;
    expected[i % 2].tokens += row.ids.size();
    expected[i % 2].targets += count_targets(row.loss_mask);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(statistics.sources[i].rows, expected[i].rows);
    EXPECT_EQ(statistics.sources[i].tokens, expected[i].tokens);
    EXPECT_EQ(statistics.sources[i].targets, expected[i].targets);
  }
  EXPECT_EQ(statistics.whole.rows, 101U);
  EXPECT_EQ(statistics.whole.tokens, expected[0].tokens + expected[1].tokens);
  EXPECT_EQ(statistics.whole.lengths.longest, 40U);
}

TEST(Statistics, AnInputWithoutRowsHasZeroes) {
  const TemporaryFolder folder;
  make_dataset(folder.path(), 1, 300);
  const DatasetStatistics statistics = statistics_of(Dataset::open(folder.path()));
  EXPECT_EQ(statistics.sources[1].rows, 0U);
  EXPECT_EQ(statistics.sources[1].lengths.longest, 0U);
}

}  // namespace
}  // namespace hone
