#include "checkpoint/fingerprint.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace hone {
namespace {

Fingerprint example() {
  Fingerprint fingerprint;
  fingerprint.inputs = {{"data_path", {{"folder", "rows"}, {"sha256", std::string(64, 'a')}}}};
  fingerprint.settings = {{"learning_rate", 1e-5}, {"packing", "none"}, {"max_steps", 7}};
  return fingerprint;
}

std::string refusal(const Fingerprint& before, const Fingerprint& now, ExitCode code,
                    const std::vector<std::string>& allowed = {}) {
  try {
    require_unchanged(before, now, allowed, "out/checkpoint-2");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

TEST(Fingerprint, WhatIsEqualPassesAlsoAfterATripThroughJson) {
  const Fingerprint again = parse_fingerprint(Json::parse(to_json(example()).dump()), "here");
  EXPECT_TRUE(require_unchanged(example(), again, {}, "x").empty());
}

TEST(Fingerprint, AChangedSettingIsNamedWithBothValues) {
  Fingerprint now = example();
  now.settings["learning_rate"] = 2e-5;
  const std::string text = refusal(example(), now, ExitCode::kUsage);
  EXPECT_NE(text.find("out/checkpoint-2"), std::string::npos);
  EXPECT_NE(text.find("learning_rate: 1e-05 then, 2e-05 now"), std::string::npos) << text;
  EXPECT_NE(text.find("--allow_changed learning_rate"), std::string::npos);
}

TEST(Fingerprint, AChangedInputIsBadDataAndEveryDifferenceIsListed) {
  Fingerprint now = example();
  now.inputs["data_path"] = {{"folder", "others"}, {"sha256", std::string(64, 'b')}};
  now.settings["max_steps"] = 9;
  const std::string text = refusal(example(), now, ExitCode::kData);
  EXPECT_NE(text.find("rows of SHA-256 aaaaaaaaaaaa... then, others of SHA-256 bbbbbbbbbbbb... now"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("max_steps: 7 then, 9 now"), std::string::npos);
  EXPECT_NE(text.find("--allow_changed data_path,max_steps"), std::string::npos);
}

TEST(Fingerprint, AMovedFolderWithTheSameContentIsTheSameInput) {
  Fingerprint now = example();
  now.inputs["data_path"]["folder"] = "elsewhere/rows";
  EXPECT_TRUE(require_unchanged(example(), now, {}, "x").empty());
}

TEST(Fingerprint, WhatIsAllowedIsReturnedAndTheRestStillRefused) {
  Fingerprint now = example();
  now.settings["learning_rate"] = 2e-5;
  const std::vector<std::string> allowed = {"learning_rate"};
  const auto changed = require_unchanged(example(), now, allowed, "x");
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].name, "learning_rate");
  now.settings["max_steps"] = 9;
  const std::string text = refusal(example(), now, ExitCode::kUsage, allowed);
  EXPECT_EQ(text.find("learning_rate:"), std::string::npos);
  EXPECT_NE(text.find("max_steps"), std::string::npos);
}

TEST(Fingerprint, AnUnknownNameIsNotAllowedInSilence) {
  const std::string text = refusal(example(), example(), ExitCode::kUsage, {"learning_rat"});
  EXPECT_NE(text.find("did you mean 'learning_rate'?"), std::string::npos);
}

TEST(Fingerprint, ASettingThatOneSideDoesNotKnowCountsAsNotSet) {
  Fingerprint now = example();
  now.settings["lora_r"] = nullptr;
  EXPECT_TRUE(differences(example(), now).empty());
  now.settings["lora_r"] = 8;
  ASSERT_EQ(differences(example(), now).size(), 1U);
  EXPECT_EQ(differences(example(), now)[0].before, "not set");
  EXPECT_EQ(differences(now, example())[0].now, "not set");
}

}  // namespace
}  // namespace hone
