#include "preprocess/summary.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hone {
namespace {

std::string printed(const Summary& summary, std::uint64_t taken, std::string& warnings) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  summary.print(taken);
  warnings = ::testing::internal::GetCapturedStderr();
  return ::testing::internal::GetCapturedStdout();
}

TEST(Summary, AddsUpWhatTheBlocksDropped) {
  BlockResult first, second;
  first.dropped = {{"overlong", 2}};
  first.first_dropped = {{"overlong", {0, 11, 100, "overlong"}}};
  second.dropped = {{"overlong", 1}, {"no_target", 5}};
  second.first_dropped = {{"overlong", {0, 99, 900, "overlong"}}, {"no_target", {0, 98, 800, "no_target"}}};
  second.bad = {{0, 50, 500, "not valid JSON"}, {0, 51, 510, "not valid JSON"}};
  Summary summary;
  summary.add(first);
  summary.add(second);
  EXPECT_EQ(summary.dropped(), (Summary::Dropped{{"bad_line", 2}, {"no_target", 5}, {"overlong", 3}}));
  EXPECT_EQ(summary.first_dropped().at("overlong").line, 11U);  // the first, not the latest
  EXPECT_EQ(summary.first_dropped().at("no_target").line, 98U);
  EXPECT_EQ(summary.dropped_text(), "2 bad_line, 5 no_target, 3 overlong");
}

TEST(Summary, CountsDuplicatesAndKeepsThePlaceOfTheFirst) {
  Summary summary;
  Row row;
  for (const std::uint64_t line : {7, 9}) {
    row.source_line = line;
    summary.add_duplicate(row);
  }
  EXPECT_EQ(summary.dropped(), (Summary::Dropped{{"duplicate", 2}}));
  EXPECT_EQ(summary.first_dropped().at("duplicate").line, 7U);
}

TEST(Summary, SaysSoWhenNothingWasThere) {
  EXPECT_EQ(Summary().dropped_text(), "the input holds no conversation");
  std::string warnings;
  printed(Summary(), 0, warnings);
  EXPECT_EQ(warnings, "");
}

TEST(Summary, WarnsWhereMoreThanATenthWasDropped) {
  for (const std::uint64_t dropped : {1, 2}) {
    Summary summary;
    BlockResult result;
    result.dropped = {{"overlong", dropped}};
    summary.add(result);
    std::string warnings;
    const std::string text = printed(summary, 9, warnings);
    EXPECT_NE(text.find(fmt::format("dropped    {}: ", dropped)), std::string::npos) << text;
    if (dropped == 1) {
      EXPECT_EQ(warnings, "");
    } else {
      EXPECT_NE(warnings.find("warning: 18 % of the rows were dropped: 2 overlong"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace hone
