#include "preprocess/summary.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

/// A row of that many ids, all targets but the first.
Row row(std::size_t length) {
  Row result;
  result.ids.assign(length, 7);
  result.loss_mask.assign(length, 1);
  return result;
}

BlockResult block(const std::vector<std::size_t>& lengths) {
  BlockResult result;
  for (const std::size_t length : lengths) result.rows.push_back(row(length));
  return result;
}

struct Printed {
  std::string out, err;
};

Printed printed(const Summary& summary, std::int64_t model_max_length = 512) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  summary.print(model_max_length);
  const std::string out = ::testing::internal::GetCapturedStdout();
  return {out, ::testing::internal::GetCapturedStderr()};
}

// The line of the histogram that begins at that length; "" when there is none.
std::string bin(const std::string& out, const std::string& from) {
  const auto at = out.find(from + " to ");
  return at == std::string::npos ? "" : out.substr(at, out.find('\n', at) - at);
}

TEST(Summary, AddsUpTheBlocks) {
  BlockResult first = block({2, 5}), second = block({9});
  first.truncated = 1;
  first.empty_answers = 2;
  first.blank_lines = 3;
  first.max_id = 40;
  first.dropped = {{"overlong", 2}};
  first.first_dropped = {{"overlong", {0, 11, 100, "overlong"}}};
  second.truncated = 4;
  second.max_id = 30;
  second.dropped = {{"overlong", 1}, {"no_target", 5}};
  second.first_dropped = {{"overlong", {0, 99, 900, "overlong"}}, {"no_target", {0, 98, 800, "no_target"}}};
  second.bad = {{0, 50, 500, "not valid JSON"}, {0, 51, 510, "not valid JSON"}};
  Summary summary;
  summary.add(first);
  summary.add(second);
  EXPECT_EQ(summary.counts().rows, 3U);
  EXPECT_EQ(summary.counts().tokens, 16U);
  EXPECT_EQ(summary.counts().targets, 13U);  // the first id of a row is none
  EXPECT_EQ(summary.counts().truncated, 5U);
  EXPECT_EQ(summary.counts().empty_answers, 2U);
  EXPECT_EQ(summary.counts().dropped, (Counts{{"bad_line", 2}, {"no_target", 5}, {"overlong", 3}}));
  EXPECT_EQ(summary.max_id(), 40U);
  EXPECT_EQ(summary.first_dropped().at("overlong").line, 11U);  // the first, not the latest
  EXPECT_EQ(summary.first_dropped().at("no_target").line, 98U);
  EXPECT_EQ(summary.dropped_text(), "2 bad_line, 5 no_target, 3 overlong");
}

TEST(Summary, SaysSoWhenNothingWasThere) {
  const Summary summary;
  EXPECT_EQ(summary.dropped_text(), "the input holds no conversation");
  EXPECT_EQ(printed(summary).err, "");
}

TEST(Summary, TheHistogramCountsRowsByPowersOfTwo) {
  Summary summary;
  summary.add(block({1, 2, 3, 4, 7, 8, 8, 8, 8, 512}));
  const std::string out = printed(summary).out;
  EXPECT_EQ(bin(out, "1"), "1 to       1 tokens          1 ##########");
  EXPECT_EQ(bin(out, " 2"), " 2 to       3 tokens          2 ####################");
  EXPECT_EQ(bin(out, " 4"), " 4 to       7 tokens          2 ####################");
  EXPECT_EQ(bin(out, " 8"), " 8 to      15 tokens          4 ########################################");
  EXPECT_EQ(bin(out, "16"), "");                                              // no row, no line
  EXPECT_EQ(bin(out, "512"), "512 to     512 tokens          1 ##########");  // no row may be longer
}

TEST(Summary, AFewRowsAmongManyAreStillSeen) {
  Summary summary;
  summary.add(block({1}));
  summary.add(block(std::vector<std::size_t>(1000, 4)));
  EXPECT_EQ(bin(printed(summary).out, "1"), "1 to       1 tokens          1 #");
}

TEST(Summary, WarnsWhereMoreThanATenthWasDropped) {
  for (const std::uint64_t dropped : {1, 2}) {
    Summary summary;
    BlockResult result = block({4, 4, 4, 4, 4, 4, 4, 4, 4});
    result.dropped = {{"overlong", dropped}};
    summary.add(result);
    const Printed text = printed(summary);
    EXPECT_NE(text.out.find("dropped    " + std::to_string(dropped) + ": "), std::string::npos) << text.out;
    if (dropped == 1) {
      EXPECT_EQ(text.err, "");
    } else {
      EXPECT_NE(text.err.find("warning: 18 % of the rows were dropped: 2 overlong"), std::string::npos)
          << text.err;
    }
  }
}

}  // namespace
}  // namespace hone
