#include "train/config/foreign_flags.hpp"

#include "config_test_support.hpp"

namespace hone {
namespace {

using testing::config_of;
using testing::ConfigFiles;
using testing::refusal_of;
using testing::run_of;

TEST(ForeignFlags, those_without_a_meaning_are_named_once) {
  const auto notices = run_of({"--report_to", "none", "wandb", "--dataloader_num_workers", "4",
                               "--lazy_preprocess", "True", "--logging_dir", "logs"})
                           .notices;
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0],
            "flags: accepted, without effect here: dataloader_num_workers, lazy_preprocess, logging_dir, "
            "report_to");
}

TEST(ForeignFlags, those_that_would_change_the_result_are_refused_with_reason_and_remedy) {
  EXPECT_EQ(refusal_of({"--adafactor"}),
            "--adafactor 'True' is not supported (the optimizer is AdamW); leave it out");
  EXPECT_NE(refusal_of({"--label_smoothing_factor", "0.1"}).find("plain cross-entropy"), std::string::npos);
  EXPECT_NE(refusal_of({"--average_tokens_across_devices", "False"}).find("all ranks"), std::string::npos);
  for (const ForeignFlag& flag : foreign_flags()) {
    if (flag.neutral.empty()) continue;
    EXPECT_NE(refusal_of({"--" + flag.name, "surely-not-neutral"}).find(flag.reason), std::string::npos)
        << flag.name;
  }
}

TEST(ForeignFlags, those_that_ask_for_nothing_pass_in_silence) {
  EXPECT_TRUE(run_of({"--use_lora", "False", "--q_lora", "False", "--fp16", "false",
                      "--label_smoothing_factor", "0.0", "--fsdp", "", "--save_safetensors", "True"})
                  .notices.empty());
  for (const ForeignFlag& flag : foreign_flags()) {
    if (flag.neutral.empty()) continue;
    EXPECT_NO_THROW(config_of({"--" + flag.name + "=" + flag.neutral.front()})) << flag.name;
  }
}

using ForeignKeys = ConfigFiles;

TEST_F(ForeignKeys, in_a_file_may_be_json_values) {
  const std::string path =
      file("a.json", R"({"adafactor": false, "report_to": ["none"], "fsdp": [], "neftune_noise_alpha": null,
    "label_smoothing_factor": 0})");
  EXPECT_EQ(run_of({"--config", path}).notices.size(), 1U);
  EXPECT_EQ(refusal_of({"--config", file("b.json", R"({"adafactor": true})")}).find("'adafactor' in "), 0U);
}

}  // namespace
}  // namespace hone
