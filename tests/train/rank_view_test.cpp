#include "train/rank_view.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace hone {
namespace {

RankView view(const std::string& host, const std::string& model, const std::string& data) {
  return {host,
          {{"model_name_or_path", "/models/q"}, {"data_path", "rows"}, {"seed", 1}, {"deepspeed", "ds.json"}},
          {{"fp16.initial_scale_power", 16}},
          {{"model_name_or_path", model}, {"data_path", data}}};
}

std::string refusal(const std::vector<RankView>& views, ExitCode code) {
  try {
    require_same_view(views);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  return "";
}

TEST(RankView, ARankThatDidNotLookDiffersFromNone) {
  EXPECT_NO_THROW(require_same_view({view("n1", "aa", "bb"), view("n1", "", "bb"), view("n2", "aa", "bb")}));
}

TEST(RankView, AnotherModelOnOneHostIsNamedWithBothSums) {
  const std::string text =
      refusal({view("n1", "1111aaaa2222", "bb"), view("n1", "", "bb"), view("n2", "3333bbbb4444", "bb")},
              ExitCode::kData);
  for (const char* word : {"--model_name_or_path /models/q", "1111aaaa2222", "n1", "3333bbbb4444", "n2"})
    EXPECT_NE(text.find(word), std::string::npos) << text;
}

TEST(RankView, OtherRowsOnOneRankAreNamed) {
  EXPECT_NE(
      refusal({view("n1", "aa", "bb"), view("n2", "aa", "cc")}, ExitCode::kData).find("--data_path rows"),
      std::string::npos);
}

TEST(RankView, OtherFlagsOnOneRankAreNamedWithBothValues) {
  RankView other = view("n2", "aa", "bb");
  other.config["seed"] = 2;
  EXPECT_NE(refusal({view("n1", "aa", "bb"), other}, ExitCode::kUsage)
                .find("rank 1 was started with --seed 2, rank 0 with 1"),
            std::string::npos);
}

TEST(RankView, AnotherDeepSpeedJsonOnOneHostIsNamedWithKeyAndBothValues) {
  RankView other = view("n2", "aa", "bb");
  other.deepspeed["fp16.initial_scale_power"] = 12;
  EXPECT_NE(
      refusal({view("n1", "aa", "bb"), other}, ExitCode::kUsage)
          .find(
              "rank 1 on n2 reads fp16.initial_scale_power 12 in --deepspeed ds.json, rank 0 on n1 reads 16"),
      std::string::npos);
}

TEST(RankView, TravelsAsText) {
  const RankView there = parse_rank_view(to_json(view("n1", "aa", "")).dump());
  EXPECT_EQ(there.host, "n1");
  EXPECT_EQ(there.deepspeed, view("n1", "aa", "").deepspeed);
  EXPECT_NO_THROW(require_same_view({there, view("n2", "aa", "")}));
}

}  // namespace
}  // namespace hone
