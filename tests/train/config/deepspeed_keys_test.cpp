// Which keys a DeepSpeed JSON may hold and what their values may be.
#include "train/config/deepspeed_keys.hpp"

#include "deepspeed_test_support.hpp"

namespace hone {
namespace {

using testing::DeepSpeedFile;
using testing::kStage2;
using testing::refusal_in;
using testing::refusal_of;
using testing::run_of;

TEST(DeepSpeed, keys_without_a_meaning_are_named_once) {
  const auto notices = run_of({"--deepspeed", kStage2}).notices;
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].find(kStage2 + ": accepted, without effect here: "), 0U);
  for (const char* key :
       {"zero_optimization.overlap_comm", "steps_per_print", "wall_clock_breakdown", "fp16.loss_scale"})
    EXPECT_NE(notices[0].find(key), std::string::npos) << key;
}

TEST_F(DeepSpeedFile, must_be_there_and_hold_json) {
  EXPECT_NE(refusal_of({"--deepspeed", "no/such.json"}).find("--deepspeed: can't read no/such.json"),
            std::string::npos);
  EXPECT_NE(refusal_of({"--deepspeed", file("a.json", "{")}).find("not valid JSON"), std::string::npos);
  EXPECT_EQ(refusal_in("[]"), "ds.json must hold one JSON object");
}

TEST(DeepSpeed, unknown_keys_name_the_nearest_in_their_block) {
  EXPECT_EQ(refusal_in(R"({"zero_optimization": {"stag": 3}})"),
            "zero_optimization.stag in ds.json is not a key of DeepSpeed's that is known here; did you mean "
            "'stage'?");
  EXPECT_EQ(refusal_in(R"({"gradient_cliping": 1})"),
            "gradient_cliping in ds.json is not a key of DeepSpeed's that is known here; did you mean "
            "'gradient_clipping'?");
  EXPECT_NE(refusal_in(R"({"zero_optimisation": {"stage": 3}})").find("'zero_optimization'"),
            std::string::npos);
}

TEST(DeepSpeed, values_of_a_wrong_type_are_refused) {
  EXPECT_EQ(refusal_in(R"({"zero_optimization": {"stage": "3"}})"),
            "zero_optimization.stage in ds.json must be a whole number, not \"3\"");
  EXPECT_NE(refusal_in(R"({"gradient_accumulation_steps": 1.5})").find("a whole number"), std::string::npos);
  EXPECT_NE(refusal_in(R"({"bf16": {"enabled": 1}})").find("true or false"), std::string::npos);
  EXPECT_NE(refusal_in(R"({"bf16": true})").find("an object"), std::string::npos);
  EXPECT_NE(refusal_in(R"({"optimizer": {"type": "AdamW", "params": {"lr": 1, "betas": [0.9]}}})")
                .find("two numbers"),
            std::string::npos);
  EXPECT_NE(refusal_in(R"({"zero_optimization": {"stage": "auto"}})").find("a value of its own"),
            std::string::npos);
  EXPECT_NE(refusal_in(R"({"zero_optimization": {"stage": 3, "overlap_comm": "yes"}})").find("true or false"),
            std::string::npos);
}

TEST(DeepSpeed, what_is_not_there_is_refused_with_its_reason) {
  for (const char* block : {"offload_optimizer", "offload_param"}) {
    const Json json = {{"zero_optimization", {{"stage", 3}, {block, {{"device", "nvme"}}}}}};
    const std::string line = refusal_in(json.dump().c_str());
    EXPECT_NE(line.find("device in ds.json 'nvme' is not supported (weights and optimizer state stay"),
              std::string::npos)
        << line;
  }
  EXPECT_NE(
      refusal_in(R"({"optimizer": {"type": "Lamb", "params": {"lr": 1}}})").find("\"Lamb\" is not supported"),
      std::string::npos);
  EXPECT_NE(refusal_in(R"({"optimizer": {"type": "Adam", "params": {"lr": 1, "adam_w_mode": false}}})")
                .find("adam_w_mode"),
            std::string::npos);
  EXPECT_NE(refusal_in(R"({"scheduler": {"type": "OneCycle"}})").find("\"OneCycle\" is not supported"),
            std::string::npos);
  EXPECT_NE(refusal_in(R"({"curriculum_learning": {"enabled": true}})").find("curriculum_learning"),
            std::string::npos);
  EXPECT_NO_THROW(read_deepspeed(
      Json::parse(R"({"curriculum_learning": {"enabled": false}, "fp16": {"enabled": false}})"), "ds"));
}

TEST_F(DeepSpeedFile, a_loss_scale_without_fp16_is_named_as_without_effect) {
  const std::string path =
      file("ds.json", R"({"gradient_clipping": "auto", "fp16": {"enabled": "auto", "hysteresis": 2}})");
  ASSERT_EQ(run_of({"--deepspeed", path}).notices.size(), 1U);
  EXPECT_EQ(run_of({"--deepspeed", path}).notices[0],
            path + ": accepted, without effect here: fp16.hysteresis");
  EXPECT_TRUE(run_of({"--deepspeed", path, "--fp16"}).notices.empty());
}

TEST(DeepSpeed, a_loss_scale_that_can_t_be_is_refused) {
  for (const char* setting : {R"("loss_scale_window": 0)", R"("hysteresis": 0)", R"("min_loss_scale": 0)",
                              R"("loss_scale": -1)", R"("initial_scale_power": 128)"}) {
    const std::string line =
        refusal_in((std::string(R"({"fp16": {"enabled": true, )") + setting + "}}").c_str());
    EXPECT_NE(line.find(" in ds.json must be from "), std::string::npos) << line;
  }
}

TEST(DeepSpeed, keys_whose_default_would_surprise_must_be_written) {
  EXPECT_EQ(refusal_in(R"({"optimizer": {"type": "AdamW", "params": {"eps": 1e-8}}})"),
            "optimizer.params.lr in ds.json is missing (DeepSpeed would take its default 0.001); write a "
            "number, or "
            "\"auto\" for the flag's value");
  EXPECT_NE(refusal_in(R"({"scheduler": {"type": "WarmupLR", "params": {"warmup_max_lr": "auto"}}})")
                .find("warmup_num_steps"),
            std::string::npos);
}

}  // namespace
}  // namespace hone
