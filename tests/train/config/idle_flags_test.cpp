#include <algorithm>

#include "config_test_support.hpp"

namespace hone {
namespace {

using testing::config_of;
using testing::refusal_of;
using testing::run_of;
using testing::Words;

TEST(IdleFlags, what_shapes_adapters_is_refused_where_nothing_says_whether_to_train_them) {
  EXPECT_EQ(refusal_of({"--lora_r", "8", "--lora_target_modules", "q_proj"}),
            "--lora_r, --lora_target_modules need --use_lora (without it every weight of the model is "
            "trained); add "
            "--use_lora, or say --use_lora False");
  EXPECT_EQ(
      refusal_of({"--use_lora", "--bnb_4bit_quant_type", "fp4"}),
      "--bnb_4bit_quant_type needs --q_lora (without it the model's weights are kept in 16 or 32 bits); add "
      "--q_lora, or say --q_lora False");
}

TEST(IdleFlags, with_adapters_switched_off_by_name_they_are_named_and_without_effect) {
  const auto notices =
      run_of({"--use_lora", "False", "--lora_r", "8", "--modules_to_save", "lm_head"}).notices;
  EXPECT_NE(std::find(notices.begin(), notices.end(),
                      "without effect while --use_lora is off: --lora_r, --modules_to_save"),
            notices.end());
}

TEST(IdleFlags, values_that_are_the_defaults_ask_for_adapters_as_well) {
  EXPECT_NE(refusal_of({"--lora_r", "64"}).find("--lora_r needs --use_lora"), std::string::npos);
}

TEST(IdleFlags, a_printed_configuration_asks_for_nothing) {
  EXPECT_TRUE(run_of({"--use_lora", "False", "--q_lora", "False", "--lora_r", "64"}).notices.empty());
  EXPECT_EQ(run_of({"--use_lora", "False", "--bnb_4bit_quant_type", "fp4"}).notices.size(), 1U);
  EXPECT_TRUE(run_of({"--use_lora", "--lora_r", "8"}).notices.empty());
}

}  // namespace
}  // namespace hone
