#include "config_test_support.hpp"

namespace hone {
namespace {

using testing::config_of;
using testing::run_of;
using testing::Words;

const std::string kConfigs = std::string(HONE_SOURCE_DIR) + "/configs/";

TEST(ShippedConfigs, are_read_without_a_word) {
  for (const char* name : {"full.json", "lora.json", "qlora.json", "finetune_sh.json", "qwen_example.json"})
    EXPECT_TRUE(run_of({"--config", kConfigs + name}).notices.empty()) << name;
}

TEST(ShippedConfigs, finetune_sh_leaves_to_each_deepspeed_file_what_that_says) {
  for (const int stage : {2, 3}) {
    const TrainConfig config = config_of({"--config", kConfigs + "finetune_sh.json", "--deepspeed",
                                          kConfigs + "ds_config_zero" + std::to_string(stage) + ".json"});
    TrainConfig example = config_of({"--config", kConfigs + "qwen_example.json"});
    example.zero.zero_stage = stage;
    example.zero.deepspeed = config.zero.deepspeed;
    EXPECT_EQ(to_json(config).dump(2), to_json(example).dump(2));
  }
}

/// In the example `--q_lora True` is all that turns one into the other.
TEST(ShippedConfigs, lora_and_qlora_differ_in_the_base_alone) {
  const TrainConfig lora = config_of({"--config", kConfigs + "lora.json"});
  const TrainConfig qlora = config_of({"--config", kConfigs + "qlora.json"});
  EXPECT_TRUE(lora.adapter.use_lora && !lora.adapter.q_lora);
  EXPECT_EQ(to_json(qlora), to_json(config_of({"--config", kConfigs + "lora.json", "--q_lora", "True"})));
  const LoraOptions example;
  EXPECT_EQ(lora.adapter.lora.rank, example.rank);
  EXPECT_EQ(lora.adapter.lora.alpha, example.alpha);
  EXPECT_EQ(lora.adapter.lora.dropout, example.dropout);
  EXPECT_EQ(lora.adapter.lora.target_modules, example.target_modules);
}

/// finetune.sh's own command line, less the scheduler that its DeepSpeed JSON silences.
TEST(ShippedConfigs, qwen_example_is_what_finetune_sh_and_its_deepspeed_file_do) {
  const Words finetune = {"--deepspeed",
                          kConfigs + "ds_config_zero3.json",
                          "--bf16",
                          "True",
                          "--num_train_epochs",
                          "5",
                          "--per_device_train_batch_size",
                          "2",
                          "--per_device_eval_batch_size",
                          "1",
                          "--gradient_accumulation_steps",
                          "8",
                          "--evaluation_strategy",
                          "no",
                          "--save_strategy",
                          "steps",
                          "--save_steps",
                          "10",
                          "--save_total_limit",
                          "10",
                          "--learning_rate",
                          "3e-4",
                          "--weight_decay",
                          "0.01",
                          "--adam_beta2",
                          "0.95",
                          "--warmup_ratio",
                          "0.01",
                          "--logging_steps",
                          "1",
                          "--report_to",
                          "none",
                          "--model_max_length",
                          "512",
                          "--lazy_preprocess",
                          "True",
                          "--use_lora",
                          "False",
                          "--q_lora",
                          "False",
                          "--gradient_checkpointing",
                          "--weight_decay_all",
                          "True"};
  TrainConfig by_flags = config_of(finetune);
  by_flags.zero.deepspeed = "";
  EXPECT_EQ(to_json(by_flags).dump(2),
            to_json(config_of({"--config", kConfigs + "qwen_example.json"})).dump(2));
}

}  // namespace
}  // namespace hone
