#include "model/model_config.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/error.hpp"
#include "model/weight_table.hpp"

namespace hone {
namespace {

Json qwen2() {
  return {{"architectures", {"Qwen2ForCausalLM"}},
          {"hidden_size", 16},
          {"intermediate_size", 24},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 4},
          {"num_key_value_heads", 2},
          {"vocab_size", 50}};
}

TEST(ModelConfig, BothSpellingsOfRopeAndDtypeMeanTheSame) {
  Json old = qwen2(), current = qwen2();
  old.update({{"rope_theta", 1e6},
              {"torch_dtype", "bfloat16"},
              {"max_position_embeddings", 64},
              {"rope_scaling", {{"type", "yarn"}, {"factor", 4.0}}}});
  current.update({{"dtype", "bfloat16"},
                  {"max_position_embeddings", 64},
                  {"rope_parameters", {{"rope_type", "yarn"}, {"rope_theta", 1e6}, {"factor", 4.0}}}});
  for (const Json& json : {old, current}) {
    const ModelConfig config = parse_model_config(json, "config.json");
    EXPECT_EQ(config.rope.type, RopeConfig::Type::kYarn);
    EXPECT_EQ(config.rope.theta, 1e6);
    EXPECT_EQ(config.rope.factor, 4.0);
    EXPECT_EQ(config.rope.original_max_position_embeddings, 64);
    EXPECT_EQ(config.dtype, "bfloat16");
  }
}

TEST(ModelConfig, RopeScalingBesideRopeParametersIsTakenWhereBothMeanTheSame) {
  const Json linear = {{"rope_type", "linear"}, {"rope_theta", 1e6}, {"factor", 2.0}};
  const Json old = {{"type", "linear"}, {"factor", 2}};
  for (const Json& change : {Json{{"rope_parameters", linear}, {"rope_scaling", linear}},
                             Json{{"rope_parameters", linear}, {"rope_scaling", old}, {"rope_theta", 1e6}},
                             Json{{"rope_parameters", linear}, {"rope_scaling", nullptr}},
                             Json{{"rope_parameters", linear}, {"rope_scaling", Json::object()}},
                             Json{{"rope_parameters", nullptr}, {"rope_scaling", old}, {"rope_theta", 1e6}},
                             Json{{"rope_parameters", Json::object()}, {"rope_scaling", linear}}}) {
    Json json = qwen2();
    json.update(change);
    const ModelConfig config = parse_model_config(json, "config.json");
    EXPECT_EQ(config.rope.type, RopeConfig::Type::kLinear) << change;
    EXPECT_EQ(config.rope.theta, 1e6) << change;
    EXPECT_EQ(config.rope.factor, 2.0) << change;
  }
}

TEST(ModelConfig, WhatCannotBeTrainedExactlyIsRefusedByItsField) {
  const std::pair<const char*, Json> cases[] = {
      {"architecture", {{"architectures", {"MistralForCausalLM"}}}},
      {"quantization_config", {{"quantization_config", {{"quant_method", "gptq"}}}}},
      {"use_sliding_window", {{"use_sliding_window", true}}},
      {"layer_types", {{"layer_types", {"full_attention", "sliding_attention"}}}},
      {"layer_types", {{"layer_types", {"full_attention"}}}},
      {"layer_types", {{"layer_types", 5}}},
      {"model_type", {{"model_type", "llama"}}},
      {"rope_scaling beside rope_parameters",
       {{"rope_parameters", {{"rope_type", "default"}, {"rope_theta", 1e6}}},
        {"rope_scaling", {{"rope_type", "yarn"}, {"factor", 4.0}}}}},
      {"rope_scaling beside rope_parameters",  // its theta is 10000
       {{"rope_parameters", {{"rope_type", "linear"}, {"rope_theta", 1e6}, {"factor", 2.0}}},
        {"rope_scaling", {{"rope_type", "linear"}, {"factor", 2.0}}}}},
      {"rope_scaling", {{"rope_scaling", "linear"}}},
      {"rope_parameters.full_attention",
       {{"rope_parameters", {{"full_attention", {{"rope_type", "linear"}, {"factor", 2.0}}}}}}},
      {"high_freq_factor",
       {{"rope_scaling",
         {{"rope_type", "llama3"}, {"factor", 8.0}, {"low_freq_factor", 4.0}, {"high_freq_factor", 1.0}}}}},
      {"num_experts", {{"num_experts", 8}}},
      {"hidden_act", {{"hidden_act", "gelu"}}},
      {"partial_rotary_factor", {{"partial_rotary_factor", 0.5}}},
      {"dynamic", {{"rope_scaling", {{"rope_type", "dynamic"}, {"factor", 2.0}}}}},
      {"num_key_value_heads", {{"num_key_value_heads", 3}}},
      {"num_hidden_layers", {{"num_hidden_layers", 1'000'000'000'000}}},
      {"head_dim", {{"head_dim", 0}}},
      {"head_dim", {{"head_dim", -2}}},
      {"head_dim", {{"head_dim", 11}}},
      {"rms_norm_eps", {{"rms_norm_eps", -1e-6}}},
      {"rope_theta", {{"rope_theta", 0.0}}},
      {"rope_theta", {{"rope_parameters", {{"rope_theta", -1e6}}}}},
      {"rope_parameters", {{"rope_parameters", "default"}}},
      {"factor", {{"rope_scaling", {{"rope_type", "linear"}, {"factor", 0.0}}}}}};
  for (const auto& [field, change] : cases) {
    Json json = qwen2();
    json.update(change);
    try {
      parse_model_config(json, "config.json");
      ADD_FAILURE() << field << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kData);
      EXPECT_NE(std::string(error.what()).find(field), std::string::npos) << error.what();
    }
  }
}

TEST(WeightTable, NormsAndBiasesDoNotDecayAndOnlyAnUntiedHeadIsThere) {
  Json json = qwen2();
  for (const bool tied : {false, true}) {
    json["tie_word_embeddings"] = tied;
    const auto table = weight_table(parse_model_config(json, "config.json"));
    ASSERT_EQ(table.size(), 4U);
    EXPECT_EQ(table.back().weights.size(), tied ? 1U : 2U);
    for (const UnitSpec& unit : table) {
      for (const WeightSpec& weight : unit.weights) {
        const bool vector = weight.key.ends_with("norm") || weight.key.ends_with("bias");
        EXPECT_EQ(weight.decay, !vector) << weight.key;
      }
    }
  }
}

TEST(WeightTable, QueriesKeysAndValuesAreStackedByRows) {
  const auto table = weight_table(parse_model_config(qwen2(), "config.json"));
  const WeightSpec& qkv = table[1].weights[1];
  EXPECT_EQ(qkv.key, "qkv");
  EXPECT_EQ(qkv.shape, (std::vector<std::int64_t>{16 + 8 + 8, 16}));
  EXPECT_EQ(qkv.parts[2].name, "model.layers.0.self_attn.v_proj.weight");
}

}  // namespace
}  // namespace hone
