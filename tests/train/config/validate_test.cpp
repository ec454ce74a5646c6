#include "config_test_support.hpp"

namespace hone {
namespace {

using testing::config_of;
using testing::parse;
using testing::refusal_of;
using testing::run_of;
using testing::usage_error;
using testing::Words;

TEST(Validate, values_out_of_range_name_flag_range_and_value) {
  EXPECT_EQ(refusal_of({"--per_device_train_batch_size", "0"}),
            "--per_device_train_batch_size must be from 1 to 1000000, not 0");
  EXPECT_EQ(refusal_of({"--zero_stage", "4"}), "--zero_stage must be 0, 1, 2 or 3, not 4");
  EXPECT_EQ(refusal_of({"--max_steps", "0"}), "--max_steps must be positive, or -1 for no limit, not 0");
  const std::vector<Words> wrong = {{"--per_device_eval_batch_size", "-1"},
                                    {"--gradient_accumulation_steps", "0"},
                                    {"--learning_rate", "-1e-5"},
                                    {"--warmup_ratio", "1.5"},
                                    {"--warmup_steps", "-1"},
                                    {"--num_train_epochs", "0"},
                                    {"--max_steps", "-2"},
                                    {"--adam_beta1", "1"},
                                    {"--adam_beta2", "1.0"},
                                    {"--adam_beta1", "0.99999999"},
                                    {"--adam_beta2", "0.99999999"},
                                    {"--adam_epsilon", "0"},
                                    {"--adam_epsilon", "1e-50"},
                                    {"--adam_epsilon", "1e39"},
                                    {"--weight_decay", "-0.1"},
                                    {"--max_grad_norm", "-1"},
                                    {"--model_max_length", "-5"},
                                    {"--model_max_length", "1000000001"},
                                    {"--save_steps", "0"},
                                    {"--save_total_limit", "-1"},
                                    {"--max_shard_size", "0"},
                                    {"--logging_steps", "0"},
                                    {"--eval_steps", "-1"},
                                    {"--early_stopping_patience", "-1"},
                                    {"--threads", "-1"},
                                    {"--threads", "1025"},
                                    {"--seed", "-1"},
                                    {"--data_seed", "-1"},
                                    {"--ddp_timeout", "0"},
                                    {"--max_hours", "-1"},
                                    {"--zero_stage", "-1"},
                                    {"--resume_from_checkpoint", ""}};
  for (const Words& words : wrong) EXPECT_NE(refusal_of(words).find(words[0]), std::string::npos);
}

TEST(Validate, edges_of_the_ranges_are_accepted) {
  for (const Words& words :
       {Words{"--learning_rate", "0"}, Words{"--warmup_ratio", "1"}, Words{"--max_grad_norm", "0"},
        Words{"--adam_beta1", "0"}, Words{"--adam_beta2", "0.9999999"}, Words{"--adam_epsilon", "1e-38"},
        Words{"--max_steps", "1", "--num_train_epochs", "0"}})
    EXPECT_NO_THROW(config_of(words)) << words[0];
}

TEST(Validate, other_optimizers_are_refused) {
  for (const char* same : {"adamw_torch", "adamw_torch_fused", "adamw_apex_fused", "adamw_hf"})
    EXPECT_NO_THROW(config_of({"--optim", same}));
  EXPECT_EQ(refusal_of({"--optim", "adafactor"}),
            "--optim 'adafactor' is not supported (the optimizer is AdamW with fp32 moments); use --optim "
            "adamw_torch");
}

TEST(Validate, schedulers_and_their_arguments_are_known_by_name) {
  EXPECT_NE(refusal_of({"--lr_scheduler_type", "cosin"}).find("did you mean 'cosine'?"), std::string::npos);
  EXPECT_NE(
      refusal_of({"--lr_scheduler_type", "cosine_with_restarts"}).find("is not known (there are linear, "),
      std::string::npos);
  EXPECT_NE(refusal_of({"--lr_scheduler_kwargs", R"({"min_lr": 1})"})
                .find("not known to the scheduler linear (it takes none)"),
            std::string::npos);
  EXPECT_NE(refusal_of({"--lr_scheduler_type", "polynomial", "--lr_scheduler_kwargs", R"({"powr": 1})"})
                .find("did you mean 'power'?"),
            std::string::npos);
  EXPECT_NE(refusal_of({"--lr_scheduler_type", "polynomial", "--lr_scheduler_kwargs", R"({"power": "2"})"})
                .find("must be a number from 0"),
            std::string::npos);
  EXPECT_NE(
      refusal_of({"--lr_scheduler_type", "warmup_lr", "--lr_scheduler_kwargs", R"({"warmup_type": "exp"})"})
          .find("log, linear"),
      std::string::npos);
}

TEST(Validate, what_belongs_to_adapters_needs_use_lora) {
  EXPECT_NE(refusal_of({"--q_lora"}).find("--use_lora"), std::string::npos);
  EXPECT_NE(refusal_of({"--lora_weight_path", "adapter"}).find("--use_lora"), std::string::npos);
  for (const char* dropout : {"-0.1", "0.0001", "0.999", "1"}) {
    EXPECT_NE(refusal_of({"--use_lora", "--lora_dropout", dropout})
                  .find("--lora_dropout must be 0, or from 0.001 to 0.99, not"),
              std::string::npos);
  }
  for (const char* rank : {"0", "65537"})
    EXPECT_NE(refusal_of({"--use_lora", "--lora_r", rank}).find("--lora_r"), std::string::npos);
  for (const char* alpha : {"0", "1e300"})
    EXPECT_NE(refusal_of({"--use_lora", "--lora_alpha", alpha}).find("--lora_alpha"), std::string::npos);
}

TEST(Validate, schedulers_that_need_an_argument_say_which) {
  EXPECT_EQ(
      refusal_of({"--lr_scheduler_type", "cosine_with_min_lr"}),
      "--lr_scheduler_type cosine_with_min_lr needs either min_lr or min_lr_rate in --lr_scheduler_kwargs");
  EXPECT_EQ(refusal_of({"--lr_scheduler_type", "warmup_stable_decay"}),
            "--lr_scheduler_type warmup_stable_decay needs num_decay_steps in --lr_scheduler_kwargs");
}

TEST(Validate, schedulers_refuse_arguments_out_of_range) {
  const auto refusal = [](const char* type, const char* arguments) {
    return refusal_of({"--lr_scheduler_type", type, "--lr_scheduler_kwargs", arguments});
  };
  EXPECT_NE(refusal("cosine", R"({"num_cycles": -1})").find("must be a number from 0, not -1"),
            std::string::npos);
  EXPECT_NE(refusal("cosine_with_min_lr", R"({"min_lr_rate": 1.5})").find("min_lr_rate from 0 to 1"),
            std::string::npos);
  EXPECT_EQ(refusal("cosine_with_min_lr", R"({"min_lr": 0.1})"),
            "--learning_rate 5e-05 must be above min_lr 0.1 of --lr_scheduler_type cosine_with_min_lr");
  EXPECT_NE(refusal("inverse_sqrt", R"({"timescale": 0})").find("a positive timescale"), std::string::npos);
  EXPECT_NE(
      refusal_of({"--lr_scheduler_type", "polynomial", "--learning_rate", "1e-8"}).find("above lr_end 1e-07"),
      std::string::npos);
  EXPECT_NE(
      refusal_of({"--lr_scheduler_type", "warmup_lr", "--learning_rate", "0"}).find("above warmup_min_lr 0"),
      std::string::npos);
}

TEST(Validate, the_best_model_needs_an_evaluation_at_every_checkpoint) {
  const auto refusal = [](const Words& words) { return usage_error([&] { run_of(words); }); };
  const std::string data = "--eval_data_path=e";
  EXPECT_NE(refusal({"--load_best_model_at_end"}).find("--eval_strategy to be the same"), std::string::npos);
  EXPECT_NE(refusal({"--load_best_model_at_end", data, "--eval_strategy=epoch"}).find("to be the same"),
            std::string::npos);
  EXPECT_NE(refusal({"--load_best_model_at_end", data, "--eval_strategy=steps", "--eval_steps=3",
                     "--save_steps=10"})
                .find("--save_steps 10 to be a multiple of --eval_steps 3"),
            std::string::npos);
  EXPECT_NO_THROW(run_of(
      {"--load_best_model_at_end", data, "--eval_strategy=steps", "--eval_steps=5", "--save_steps=10"}));
  EXPECT_NO_THROW(
      run_of({"--load_best_model_at_end", data, "--eval_strategy=epoch", "--save_strategy=epoch"}));
}

TEST(Validate, patience_needs_evaluations) {
  EXPECT_NE(usage_error([] { run_of({"--early_stopping_patience=2"}); }).find("--eval_strategy"),
            std::string::npos);
  EXPECT_NO_THROW(run_of({"--early_stopping_patience=2", "--eval_data_path=e", "--eval_strategy=epoch"}));
}

TEST(Validate, the_whole_model_is_kept_of_full_runs_only) {
  EXPECT_NE(usage_error([] { run_of({"--save_hf_model", "--use_lora"}); }).find("--save_hf_model"),
            std::string::npos);
  EXPECT_NO_THROW(run_of({"--save_hf_model"}));
}

TEST(Validate, a_run_names_what_it_lacks) {
  EXPECT_NE(usage_error([] { parse({"-m", "m"}); }).find("--data_path is missing"), std::string::npos);
  EXPECT_NE(usage_error([] { parse({"-m", "m", "-d", "d"}); }).find("--output_dir is missing"),
            std::string::npos);
  EXPECT_NO_THROW(parse({"-m", "m", "-d", "d", "--dry_run"}));
  EXPECT_NE(usage_error([] {
              parse({"-m", "m", "-d", "d", "--dry_run", "--eval_strategy", "epoch"});
            }).find("--eval_strategy needs --eval_data_path"),
            std::string::npos);
}

}  // namespace
}  // namespace hone
