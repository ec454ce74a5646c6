#include "preprocess/row_counts.hpp"

#include <gtest/gtest.h>

#include "preprocess/block_result.hpp"

namespace hone {
namespace {

/// A row of that many ids, all targets but the first.
Row row(std::size_t length, std::uint32_t id = 7) {
  Row result;
  result.ids.assign(length, id);
  result.loss_mask.assign(length, 1);
  return result;
}

RowCounts counted(const std::vector<std::size_t>& lengths) {
  RowCounts counts;
  for (const std::size_t length : lengths) counts.add(row(length), 0);
  return counts;
}

std::string printed(const RowCounts& counts) {
  ::testing::internal::CaptureStdout();
  counts.print_lengths(512);
  return ::testing::internal::GetCapturedStdout();
}

// The line of the histogram that begins at that length; "" when there is none.
std::string bin(const std::string& out, const std::string& from) {
  const auto at = out.find(from + " to ");
  return at == std::string::npos ? "" : out.substr(at, out.find('\n', at) - at);
}

TEST(RowCounts, AddsUpRowsWithWhatIsNotedOfThem) {
  RowCounts counts;
  counts.add(row(2), kTruncated);
  counts.add(row(5, 40), kTruncated | kEmptyAnswer);
  counts.add(row(9), 0);
  EXPECT_EQ(counts.counts().rows, 3U);
  EXPECT_EQ(counts.counts().tokens, 16U);
  EXPECT_EQ(counts.counts().targets, 13U);  // the first id of a row is none
  EXPECT_EQ(counts.counts().truncated, 2U);
  EXPECT_EQ(counts.counts().empty_answers, 1U);
  EXPECT_EQ(counts.max_id(), 40U);
}

TEST(RowCounts, TheHistogramCountsRowsByPowersOfTwo) {
  const std::string out = printed(counted({1, 2, 3, 4, 7, 8, 8, 8, 8, 512}));
  EXPECT_EQ(bin(out, "1"), "1 to       1 tokens          1 ##########");
  EXPECT_EQ(bin(out, " 2"), " 2 to       3 tokens          2 ####################");
  EXPECT_EQ(bin(out, " 4"), " 4 to       7 tokens          2 ####################");
  EXPECT_EQ(bin(out, " 8"), " 8 to      15 tokens          4 ########################################");
  EXPECT_EQ(bin(out, "16"), "");                                              // no row, no line
  EXPECT_EQ(bin(out, "512"), "512 to     512 tokens          1 ##########");  // no row may be longer
}

TEST(RowCounts, AFewRowsAmongManyAreStillSeen) {
  std::vector<std::size_t> lengths(1000, 4);
  lengths.push_back(1);
  EXPECT_EQ(bin(printed(counted(lengths)), "1"), "1 to       1 tokens          1 #");
}

}  // namespace
}  // namespace hone
