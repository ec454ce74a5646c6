#include "config_test_support.hpp"

namespace hone {
namespace {

using testing::config_of;
using testing::ConfigFiles;
using testing::parse;
using testing::refusal_of;
using testing::run_of;
using testing::usage_error;

TEST(CommandLine, names_may_have_dashes_and_values_may_follow_an_equals_sign) {
  EXPECT_EQ(config_of({"--max-steps", "7"}).schedule.max_steps, 7);
  EXPECT_EQ(config_of({"--max_steps=7"}).schedule.max_steps, 7);
  EXPECT_EQ(config_of({"--per-device-train-batch-size=3"}).batch.per_device_train_batch_size, 3);
}

TEST(CommandLine, values_keep_their_dashes) {
  EXPECT_EQ(config_of({"--output_dir", "my-run-1"}).save.output_dir, "my-run-1");
  EXPECT_EQ(config_of({"--output-dir=a-b=c"}).save.output_dir, "a-b=c");
}

TEST(CommandLine, a_negative_number_is_a_value) {
  EXPECT_EQ(config_of({"--max_steps", "-1", "--bf16"}).schedule.max_steps, -1);
}

TEST(CommandLine, booleans_stand_alone_or_take_a_word) {
  EXPECT_TRUE(config_of({"--bf16"}).precision.bf16);
  EXPECT_TRUE(config_of({"--bf16", "True"}).precision.bf16);
  EXPECT_TRUE(config_of({"--bf16=true", "--max_steps", "3"}).precision.bf16);
  EXPECT_FALSE(config_of({"--bf16", "False"}).precision.bf16);
  const TrainConfig config = config_of({"--bf16", "--gradient_checkpointing", "--max_steps", "3"});
  EXPECT_TRUE(config.precision.bf16);
  EXPECT_TRUE(config.precision.gradient_checkpointing);
  EXPECT_EQ(refusal_of({"--bf16", "maybe"}), "--bf16 must be True or False, not 'maybe'");
}

TEST(CommandLine, older_spellings_and_short_options_are_accepted) {
  EXPECT_EQ(config_of({"--evaluation_strategy", "epoch"}).eval.eval_strategy, Interval::kEpoch);
  EXPECT_EQ(config_of({"--timeout", "60"}).run.comm_timeout_seconds, 60);
  EXPECT_EQ(config_of({"--per_gpu_train_batch_size", "5"}).batch.per_device_train_batch_size, 5);
  EXPECT_TRUE(config_of({"--activation_checkpointing"}).precision.gradient_checkpointing);
  const TrainConfig config = config_of({"-m", "model", "-d", "data"});
  EXPECT_EQ(config.model.model_name_or_path, "model");
  EXPECT_EQ(config.data.data_path, "data");
  EXPECT_EQ(config_of({"--use_cpu"}).run.device, DeviceChoice::kCpu);
  EXPECT_EQ(config_of({"--use_cpu", "False"}).run.device, DeviceChoice::kAuto);
  EXPECT_EQ(config_of({"--no_cuda", "True"}).run.device, DeviceChoice::kCpu);
}

TEST(CommandLine, an_unknown_flag_names_the_nearest) {
  EXPECT_EQ(refusal_of({"--learning_rat", "1"}),
            "'--learning_rat' is not known; did you mean '--learning_rate'?");
  EXPECT_EQ(refusal_of({"--max-step=3"}), "'--max-step' is not known; did you mean '--max_steps'?");
  EXPECT_EQ(refusal_of({"--reportto", "x"}), "'--reportto' is not known; did you mean '--report_to'?");
  EXPECT_EQ(refusal_of({"--zzzzzzzzzzzzzz"}), "'--zzzzzzzzzzzzzz' is not known; see --help");
}

TEST(CommandLine, flags_are_not_guessed_from_their_beginning) {
  EXPECT_NE(refusal_of({"--learning", "1"}).find("is not known"), std::string::npos);
}

TEST(CommandLine, words_without_a_flag_and_flags_without_a_value_are_refused) {
  EXPECT_EQ(refusal_of({"data.jsonl"}), "'data.jsonl' belongs to no flag; see --help");
  EXPECT_EQ(refusal_of({"--max_steps", "3", "4"}), "'4' belongs to no flag; see --help");
  EXPECT_EQ(usage_error([] {
              parse({"--print_config", "--max_steps"});
            }),
            "--max_steps needs a value; see --help");
  EXPECT_EQ(refusal_of({"--max_steps", "--bf16"}), "--max_steps needs a value; see --help");
}

TEST(CommandLine, a_flag_given_twice_is_refused) {
  EXPECT_EQ(refusal_of({"--max_steps", "3", "--max-steps", "4"}),
            "--max_steps '3' is given again as --max_steps '4'; give it once");
  EXPECT_NE(refusal_of({"--use_cpu", "--device", "cuda"}).find("is given again as --device 'cuda'"),
            std::string::npos);
}

TEST(CommandLine, wrong_values_name_flag_value_and_choices) {
  EXPECT_EQ(refusal_of({"--packing", "bestfit"}),
            "--packing must be one of none, best_fit, not 'bestfit'; did you mean 'best_fit'?");
  EXPECT_EQ(refusal_of({"--learning_rate", "fast"}), "--learning_rate must be a number, not 'fast'");
  EXPECT_EQ(refusal_of({"--save_steps", "0.1"}),
            "--save_steps must be a whole number of steps, not '0.1'; count the steps");
  EXPECT_EQ(
      refusal_of({"--warmup_steps", "0.1"}),
      "--warmup_steps must be a whole number of steps, not '0.1'; give a share of the run as --warmup_ratio");
  EXPECT_EQ(refusal_of({"--threads", "99999999999"}), "--threads is out of range: 99999999999");
}

TEST(CommandLine, help_and_version_answer_before_anything_is_checked) {
  for (const char* word : {"--help", "-h"}) {
    const auto help = std::get<HelpRequest>(parse({word, "--deepspeed", "missing.json"}));
    EXPECT_NE(help.text.find("--learning_rate"), std::string::npos);
  }
  EXPECT_TRUE(std::holds_alternative<VersionRequest>(parse({"--version"})));
}

TEST(CommandLine, an_empty_command_line_says_what_is_missing) {
  EXPECT_EQ(usage_error([] { parse({}); }), "--model_name_or_path is missing; give the base model's folder");
}

TEST(CommandLine, resuming_takes_the_words_of_transformers) {
  EXPECT_EQ(config_of({}).save.resume_from_checkpoint, "auto");
  EXPECT_EQ(config_of({"--resume_from_checkpoint", "True"}).save.resume_from_checkpoint, "auto");
  EXPECT_EQ(config_of({"--resume_from_checkpoint", "False"}).save.resume_from_checkpoint, "none");
  EXPECT_EQ(config_of({"--resume_from_checkpoint", "out/checkpoint-3"}).save.resume_from_checkpoint,
            "out/checkpoint-3");
}

using ConfigFile = ConfigFiles;

TEST_F(ConfigFile, goes_before_the_default_and_after_the_command_line) {
  const std::string path =
      file("run.json", R"({"max_steps": 5, "bf16": true, "learning-rate": "2e-5", "data_seed": null})");
  const TrainConfig config = config_of({"--config", path, "--max_steps", "6"});
  EXPECT_EQ(config.schedule.max_steps, 6);
  EXPECT_TRUE(config.precision.bf16);
  EXPECT_EQ(config.schedule.learning_rate, 2e-5);
  EXPECT_FALSE(config.run.data_seed.has_value());
}

TEST_F(ConfigFile, unknown_keys_and_wrong_types_name_key_and_file) {
  const std::string unknown = file("a.json", R"({"max_step": 5})");
  EXPECT_EQ(refusal_of({"--config", unknown}),
            "'max_step' in " + unknown + " is not known; did you mean 'max_steps'?");
  const std::string wrong = file("b.json", R"({"max_steps": "many"})");
  EXPECT_EQ(refusal_of({"--config", wrong}),
            "'max_steps' in " + wrong + " must be a whole number, not 'many'");
  const std::string text = file("c.json", R"({"output_dir": 3})");
  EXPECT_EQ(refusal_of({"--config", text}), "'output_dir' in " + text + " must be a text, not 3");
}

TEST_F(ConfigFile, must_be_there_and_hold_one_object) {
  EXPECT_NE(refusal_of({"--config", "no/such.json"}).find("can't read no/such.json"), std::string::npos);
  EXPECT_NE(refusal_of({"--config", file("a.json", "{\n\"max_steps\": }")}).find("a.json:2: not valid JSON"),
            std::string::npos);
  EXPECT_NE(refusal_of({"--config", file("b.json", "[1]")}).find("must hold one JSON object"),
            std::string::npos);
  EXPECT_NE(refusal_of({"--config", file("c.json", R"({"print_config": true})")}).find("is not known"),
            std::string::npos);
}

TEST_F(ConfigFile, a_key_that_stands_twice_is_refused) {
  const std::string path = file("a.json", R"({"max_steps": 1, "bf16": true, "max_steps": 2})");
  EXPECT_EQ(refusal_of({"--config", path}),
            "--config: 'max_steps' stands twice in " + path + "; give it once");
  const std::string deepspeed =
      file("b.json", R"({"fp16": {"enabled": false}, "bf16": {"enabled": true, "enabled": false}})");
  EXPECT_NE(refusal_of({"--deepspeed", deepspeed}).find("'enabled' stands twice"), std::string::npos);
}

TEST_F(ConfigFile, is_given_once) {
  const std::string path = file("a.json", "{}");
  EXPECT_EQ(refusal_of({"--config", path, "--config", path}), "--config is given twice; give one file");
}

TEST(CommandLine, words_that_no_json_can_hold_are_refused) {
  EXPECT_NE(refusal_of({"--output_dir", "caf\xe9"}).find("is not UTF-8"), std::string::npos);
  EXPECT_EQ(config_of({"--output_dir", "café"}).save.output_dir, "café");
}

TEST_F(ConfigFile, the_same_key_in_two_spellings_is_refused) {
  const std::string path = file("a.json", R"({"eval_strategy": "no", "evaluation_strategy": "epoch"})");
  EXPECT_NE(refusal_of({"--config", path}).find("is given again as"), std::string::npos);
}

TEST(CommandLine, flags_that_do_nothing_are_noted) {
  EXPECT_TRUE(run_of({}).notices.empty());
  const auto notices =
      run_of({"--eval_data_path", "e", "--lr_scheduler_type", "constant", "--warmup_steps", "3"}).notices;
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_NE(notices[0].find("--eval_data_path has no effect"), std::string::npos);
  EXPECT_NE(notices[1].find("has no warm-up"), std::string::npos);
}

}  // namespace
}  // namespace hone
