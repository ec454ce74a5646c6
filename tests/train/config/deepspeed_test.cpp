#include "train/config/deepspeed.hpp"

#include "deepspeed_test_support.hpp"

namespace hone {
namespace {

using testing::config_of;
using testing::DeepSpeedFile;
using testing::kStage2;
using testing::kStage3;
using testing::refusal_of;
using testing::run_of;
using testing::usage_error;
using testing::Words;

TEST(DeepSpeed, auto_takes_the_flags_values) {
  const TrainConfig config =
      config_of({"--deepspeed", kStage3, "--learning_rate", "3e-4", "--adam_beta2", "0.95", "--weight_decay",
                 "0.01", "--warmup_ratio", "0.01", "--bf16", "True", "--gradient_accumulation_steps", "8",
                 "--per_device_train_batch_size", "2"});
  EXPECT_EQ(config.schedule.learning_rate, 3e-4);
  EXPECT_EQ(config.optimizer.adam_beta2, 0.95);
  EXPECT_EQ(config.optimizer.weight_decay, 0.01);
  EXPECT_EQ(config.optimizer.max_grad_norm, 1.0);
  EXPECT_EQ(config.schedule.warmup_ratio, 0.01);
  EXPECT_TRUE(config.precision.bf16);
  EXPECT_EQ(config.batch.gradient_accumulation_steps, 8);
  EXPECT_EQ(config.batch.per_device_train_batch_size, 2);
  EXPECT_EQ(config.zero.deepspeed, kStage3);
}

TEST(DeepSpeed, both_files_give_their_stage_and_the_scheduler_that_really_ran) {
  EXPECT_EQ(config_of({"--deepspeed", kStage2}).zero.zero_stage, 2);
  EXPECT_EQ(config_of({"--deepspeed", kStage3}).zero.zero_stage, 3);
  for (const std::string& path : {kStage2, kStage3}) {
    const TrainConfig config = config_of({"--deepspeed", path});
    EXPECT_EQ(config.schedule.lr_scheduler_type, "warmup_lr");
    EXPECT_TRUE(config.schedule.lr_scheduler_kwargs.empty());
    EXPECT_FALSE(config.zero.train_batch_size.has_value());
  }
}

TEST(DeepSpeed, a_scheduler_besides_the_json_s_own_is_refused_naming_both) {
  EXPECT_EQ(refusal_of({"--deepspeed", kStage3, "--lr_scheduler_type", "cosine"}),
            "--lr_scheduler_type 'cosine' contradicts scheduler.type WarmupLR in " + kStage3 +
                ", which is 'warmup_lr' (DeepSpeed would ignore the flag); leave the flag out to keep "
                "WarmupLR, or remove "
                "the scheduler block");
  EXPECT_NO_THROW(config_of({"--deepspeed", kStage3, "--lr_scheduler_type", "warmup_lr"}));
}

TEST(DeepSpeed, a_stage_besides_the_json_s_own_is_refused_naming_both) {
  EXPECT_EQ(refusal_of({"--deepspeed", kStage2, "--zero_stage", "3"}),
            "--zero_stage '3' contradicts zero_optimization.stage in " + kStage2 +
                " 2; make them equal, or write \"auto\" in the JSON");
  EXPECT_EQ(config_of({"--deepspeed", kStage2, "--zero_stage", "2"}).zero.zero_stage, 2);
}

TEST_F(DeepSpeedFile, a_flag_is_refused_where_an_optimizer_block_without_its_key_means_deepspeed_s_default) {
  const std::string path = file("ds.json", R"({"gradient_clipping": "auto",
      "optimizer": {"type": "AdamW", "params": {"lr": "auto"}}})");
  EXPECT_EQ(
      refusal_of({"--deepspeed", path, "--weight_decay", "0.01"}),
      "--weight_decay '0.01' contradicts what DeepSpeed takes where " + path +
          " has no optimizer.params.weight_decay, 0.0 (DeepSpeed would ignore the flag); write \"auto\" for "
          "optimizer.params.weight_decay in the JSON, or leave the flag out");
  for (const Words& words :
       {Words{"--adam_beta1", "0.8"}, {"--adam_beta2", "0.95"}, {"--adam_epsilon", "1e-6"}})
    EXPECT_NE(refusal_of({"--deepspeed", path, words[0], words[1]}).find(words[0] + " "), std::string::npos);
  EXPECT_NO_THROW(config_of({"--deepspeed", path, "--adam_beta2", "0.999", "--weight_decay", "0.0"}));
  // torch.optim.AdamW has another default than DeepSpeed's own.
  const std::string torch = file("torch.json", R"({"gradient_clipping": "auto",
      "optimizer": {"type": "AdamW", "params": {"lr": "auto", "torch_adam": true}}})");
  EXPECT_EQ(config_of({"--deepspeed", torch}).optimizer.weight_decay, 0.01);
  EXPECT_NE(refusal_of({"--deepspeed", torch, "--weight_decay", "0"}).find("--weight_decay"),
            std::string::npos);
  EXPECT_EQ(
      config_of({"--deepspeed", file("none.json", "{}"), "--weight_decay", "0.01"}).optimizer.weight_decay,
      0.01);
}

TEST_F(DeepSpeedFile, without_clipping_leaves_the_flag_s_and_says_so_unless_the_flag_was_given) {
  const std::string path = file("ds.json", R"({"zero_optimization": {"stage": 3}})");
  EXPECT_EQ(config_of({"--deepspeed", path}).optimizer.max_grad_norm, 1.0);
  EXPECT_EQ(
      run_of({"--deepspeed", path}).notices,
      std::vector<std::string>{path + ": no gradient_clipping, for which DeepSpeed would not clip; here "
                                      "--max_grad_norm 1 does"});
  EXPECT_TRUE(run_of({"--deepspeed", path, "--max_grad_norm", "0.5"}).notices.empty());
  EXPECT_TRUE(run_of({"--deepspeed", file("auto.json", R"({"gradient_clipping": "auto"})")}).notices.empty());
}

TEST_F(DeepSpeedFile, values_go_before_defaults) {
  const TrainConfig config = config_of({"--deepspeed", file("ds.json", R"({
    "train_micro_batch_size_per_gpu": 3, "gradient_accumulation_steps": 5, "gradient_clipping": 0.25, "train_batch_size": 30,
    "bf16": {"enabled": true}, "zero_optimization": {"stage": 1},
    "optimizer": {"type": "AdamW", "params": {"lr": 2e-5, "betas": [0.8, 0.9], "eps": 1e-7, "weight_decay": 0.2}},
    "scheduler": {"type": "WarmupLR", "params": {"warmup_min_lr": 1e-7, "warmup_max_lr": 2e-5, "warmup_num_steps": 12,
      "warmup_type": "linear"}}})")});
  EXPECT_EQ(config.batch.per_device_train_batch_size, 3);
  EXPECT_EQ(config.batch.gradient_accumulation_steps, 5);
  EXPECT_EQ(config.optimizer.max_grad_norm, 0.25);
  EXPECT_TRUE(config.precision.bf16);
  EXPECT_EQ(config.zero.zero_stage, 1);
  EXPECT_EQ(config.schedule.learning_rate, 2e-5);
  EXPECT_EQ(config.optimizer.adam_beta1, 0.8);
  EXPECT_EQ(config.optimizer.adam_beta2, 0.9);
  EXPECT_EQ(config.optimizer.adam_epsilon, 1e-7);
  EXPECT_EQ(config.optimizer.weight_decay, 0.2);
  EXPECT_EQ(config.schedule.warmup_steps, 12);
  EXPECT_EQ(config.schedule.lr_scheduler_kwargs.dump(), R"({"warmup_min_lr":1e-07,"warmup_type":"linear"})");
  EXPECT_EQ(config.zero.train_batch_size, 30);
}

TEST_F(DeepSpeedFile, every_value_contradicts_another_one_of_its_flag) {
  const std::string path = file("ds.json", R"({
    "train_micro_batch_size_per_gpu": 3, "gradient_accumulation_steps": 5, "gradient_clipping": 0.25,
    "bf16": {"enabled": true}, "optimizer": {"type": "AdamW", "params": {"lr": 2e-5, "betas": [0.8, 0.9], "eps": 1e-7,
    "weight_decay": 0.2}}, "scheduler": {"type": "WarmupLR", "params": {"warmup_min_lr": 1e-7, "warmup_max_lr": 2e-5,
    "warmup_num_steps": 12}}})");
  const std::vector<std::pair<Words, std::string>> cases = {
      {{"--per_device_train_batch_size", "4"}, "train_micro_batch_size_per_gpu"},
      {{"--gradient_accumulation_steps", "4"}, "gradient_accumulation_steps"},
      {{"--max_grad_norm", "1.0"}, "gradient_clipping"},
      {{"--bf16", "False"}, "bf16.enabled"},
      {{"--learning_rate", "1e-5"}, "optimizer.params.lr"},
      {{"--adam_beta1", "0.9"}, "optimizer.params.betas"},
      {{"--adam_beta2", "0.8"}, "optimizer.params.betas"},
      {{"--adam_epsilon", "1e-8"}, "optimizer.params.eps"},
      {{"--weight_decay", "0"}, "optimizer.params.weight_decay"},
      {{"--warmup_steps", "3"}, "scheduler.params.warmup_num_steps"},
      {{"--warmup_ratio", "0.1"}, "scheduler.params.warmup_num_steps"},
      {{"--lr_scheduler_kwargs", "{\"warmup_type\": \"log\"}"}, "scheduler.params"},
  };
  for (const auto& [words, key] : cases) {
    Words all = {"--deepspeed", path};
    all.insert(all.end(), words.begin(), words.end());
    const std::string line = refusal_of(all);
    EXPECT_EQ(line.find(words[0] + " '" + words[1] + "' contradicts " + key + " in " + path), 0U) << line;
  }
  EXPECT_NO_THROW(
      config_of({"--deepspeed", path, "--learning_rate", "0.00002", "--per_device_train_batch_size=3"}));
}

TEST_F(DeepSpeedFile, contradicts_a_config_file_too) {
  const std::string ds = file("ds.json", R"({"gradient_clipping": 0.25})");
  const std::string run = file("run.json", R"({"max_grad_norm": 1.0})");
  EXPECT_EQ(
      refusal_of({"--deepspeed", ds, "--config", run}).find("'max_grad_norm' in " + run + " 1.0 contradicts"),
      0U);
  EXPECT_EQ(config_of({"--deepspeed", ds, "--config", file("ok.json", R"({"max_grad_norm": 0.25})")})
                .optimizer.max_grad_norm,
            0.25);
}

TEST_F(DeepSpeedFile, may_be_named_in_the_config_file_and_survives_print_config) {
  const std::string run = file("run.json", Json({{"deepspeed", kStage2}, {"warmup_ratio", 0.1}}).dump());
  const OrderedJson printed = to_json(config_of({"--config", run}));
  EXPECT_EQ(printed.at("zero_stage"), 2);
  EXPECT_EQ(to_json(config_of({"--config", file("printed.json", printed.dump())})).dump(), printed.dump());
}

TEST_F(DeepSpeedFile, without_a_stage_shards_nothing_unless_told) {
  const std::string path = file("ds.json", "{}");
  EXPECT_EQ(config_of({"--deepspeed", path}).zero.zero_stage, 0);
  EXPECT_EQ(config_of({"--deepspeed", path, "--zero_stage", "3"}).zero.zero_stage, 3);
}

TEST_F(DeepSpeedFile, learning_rates_that_disagree_inside_the_file_are_refused) {
  const std::string path =
      file("ds.json", R"({"optimizer": {"type": "AdamW", "params": {"lr": 1e-5}}, "scheduler":
    {"type": "WarmupLR", "params": {"warmup_max_lr": 2e-5, "warmup_num_steps": "auto"}}})");
  EXPECT_EQ(refusal_of({"--deepspeed", path})
                .find("optimizer.params.lr in " + path + " 1e-05 contradicts scheduler.params.warmup_max_lr"),
            0U);
}

TEST_F(DeepSpeedFile, fp16_takes_its_scale_from_the_json) {
  const TrainConfig config = config_of({"--deepspeed", file("ds.json", R"({"fp16": {"enabled": true,
    "loss_scale": 0, "initial_scale_power": 12, "loss_scale_window": 500, "hysteresis": 3, "min_loss_scale": 0.25,
    "consecutive_hysteresis": true}})")});
  EXPECT_TRUE(config.precision.fp16);
  const LossScaleOptions& scale = config.precision.loss_scale;
  EXPECT_EQ(scale.fixed, 0);
  EXPECT_EQ(scale.initial_power, 12);
  EXPECT_EQ(scale.window, 500);
  EXPECT_EQ(scale.hysteresis, 3);
  EXPECT_EQ(scale.minimum, 0.25);
  EXPECT_TRUE(scale.consecutive_hysteresis);
  EXPECT_EQ(config_of({"--fp16"}).precision.loss_scale.initial_power, 16);
  EXPECT_EQ(
      config_of({"--deepspeed", file("fixed.json", R"({"fp16": {"enabled": true, "loss_scale": 128}})")})
          .precision.loss_scale.fixed,
      128);
}

TEST_F(DeepSpeedFile, fp16_beside_bf16_is_refused) {
  EXPECT_EQ(refusal_of({"--deepspeed", file("ds.json", R"({"fp16": {"enabled": true}})"), "--bf16"})
                .find("--fp16 and --bf16 exclude each other"),
            0U);
}

TEST_F(DeepSpeedFile, offload_to_the_cpu_is_read_and_that_of_parameters_needs_stage_3_on_a_device) {
  for (const bool parameters : {false, true}) {
    const char* const key = parameters ? "offload_param" : "offload_optimizer";
    for (const int stage : {2, 3}) {
      const std::string path = file(
          "ds.json",
          Json({{"zero_optimization", {{"stage", stage}, {key, {{"device", "cpu"}, {"pin_memory", true}}}}}})
              .dump());
      const TrainConfig config = config_of({"--deepspeed", path});
      EXPECT_EQ(config.zero.offload_param, parameters);
      EXPECT_EQ(config.zero.offload_optimizer, !parameters);
      if (parameters && stage == 2) {
        EXPECT_EQ(usage_error([&] {
                    validate_for_cuda(config);
                  }).find("zero_optimization.offload_param in " + path + " needs stage 3, this run has"),
                  0U);
      } else {
        EXPECT_NO_THROW(validate_for_cuda(config));
      }
    }
  }
  const std::string older = file("older.json", R"({"zero_optimization": {"stage": 2, "cpu_offload": true}})");
  EXPECT_TRUE(config_of({"--deepspeed", older}).zero.offload_optimizer);
  const std::string none =
      file("none.json", R"({"zero_optimization": {"stage": 3, "offload_param": {"device": "none"}}})");
  EXPECT_FALSE(config_of({"--deepspeed", none}).zero.offload_param);
}

TEST(DeepSpeed, the_global_batch_is_held_against_the_rank_count) {
  TrainConfig config;
  config.batch.per_device_train_batch_size = 2;
  config.batch.gradient_accumulation_steps = 8;
  EXPECT_EQ(global_batch_size(config, 4), 64);
  EXPECT_NO_THROW(validate_for_ranks(config, 4));
  config.zero.train_batch_size = 64;
  config.zero.deepspeed = "ds.json";
  EXPECT_NO_THROW(validate_for_ranks(config, 4));
  EXPECT_EQ(usage_error([&] { validate_for_ranks(config, 2); })
                .find("train_batch_size 64 in ds.json contradicts the run's 32 = 2 ranks x 2 rows x 8 "
                      "accumulation steps"),
            0U);
}

}  // namespace
}  // namespace hone
