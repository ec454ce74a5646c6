#include "adapter/lora_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/base_test_support.hpp"
#include "model/model_config.hpp"

namespace hone {
namespace {

using Names = std::vector<std::string>;
using Shape = std::vector<std::int64_t>;

const Names kAllLinear = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"};
const std::string kLayer = "base_model.model.model.layers.1.";

/// hidden 16, q 4 x 6, k and v 2 x 6, inner 24.
std::vector<UnitSpec> base_of(const std::string& architecture, const Json& changes = Json::object()) {
  Json json = {{"architectures", {architecture + "ForCausalLM"}},
               {"hidden_size", 16},
               {"intermediate_size", 24},
               {"num_hidden_layers", 2},
               {"num_attention_heads", 4},
               {"num_key_value_heads", 2},
               {"head_dim", 6},
               {"vocab_size", 50}};
  json.update(changes);
  return weight_table(parse_model_config(json, "config.json"));
}

LoraOptions options_of(Names targets) {
  LoraOptions options;
  options.rank = 3;
  options.alpha = 12;
  options.target_modules = std::move(targets);
  return options;
}

/// Names of the parameters with this role.
Names parameters(const std::vector<UnitSpec>& table, WeightRole role) {
  Names names;
  for (const UnitSpec& unit : table) {
    for (const WeightSpec& weight : with_role(unit, role).weights) {
      for (const WeightPart& part : weight.parts) names.push_back(part.name);
    }
  }
  return names;
}

Names ending_with(Names names, const std::string& end) {
  std::erase_if(names, [&](const std::string& name) { return !name.ends_with(end); });
  return names;
}

/// Shapes of the adapters' parameters of block 1.
std::map<std::string, Shape> adapters(const std::vector<UnitSpec>& table) {
  std::map<std::string, Shape> shapes;
  for (const WeightSpec& weight : table.at(2).weights) {
    for (const WeightPart& part : weight.parts) {
      if (is_adapter_parameter(part.name)) shapes[part.name] = part.shape;
    }
  }
  return shapes;
}

TEST(LoraTable, EveryTargetGetsAAndBUnderPeftsNames) {
  const auto shapes = adapters(lora_table(base_of("Qwen2"), options_of(kAllLinear)));
  const std::map<std::string, Shape> expected = {{kLayer + "self_attn.q_proj.lora_A.weight", {3, 16}},
                                                 {kLayer + "self_attn.q_proj.lora_B.weight", {24, 3}},
                                                 {kLayer + "self_attn.k_proj.lora_A.weight", {3, 16}},
                                                 {kLayer + "self_attn.k_proj.lora_B.weight", {12, 3}},
                                                 {kLayer + "self_attn.v_proj.lora_A.weight", {3, 16}},
                                                 {kLayer + "self_attn.v_proj.lora_B.weight", {12, 3}},
                                                 {kLayer + "self_attn.o_proj.lora_A.weight", {3, 24}},
                                                 {kLayer + "self_attn.o_proj.lora_B.weight", {16, 3}},
                                                 {kLayer + "mlp.gate_proj.lora_A.weight", {3, 16}},
                                                 {kLayer + "mlp.gate_proj.lora_B.weight", {24, 3}},
                                                 {kLayer + "mlp.up_proj.lora_A.weight", {3, 16}},
                                                 {kLayer + "mlp.up_proj.lora_B.weight", {24, 3}},
                                                 {kLayer + "mlp.down_proj.lora_A.weight", {3, 24}},
                                                 {kLayer + "mlp.down_proj.lora_B.weight", {16, 3}}};
  EXPECT_EQ(shapes, expected);
}

TEST(LoraTable, NothingButAdaptersIsTrained) {
  for (const char* architecture : {"Qwen2", "Qwen3", "Llama"}) {
    const std::vector<UnitSpec> base = base_of(architecture);
    const std::vector<UnitSpec> table = lora_table(base, options_of({"q_proj", "down_proj"}));
    const Names trained = parameters(table, WeightRole::kTrained);
    EXPECT_EQ(trained.size(), 2U * 2 * 2) << architecture;
    EXPECT_TRUE(std::ranges::all_of(trained, is_adapter_parameter));
    Names frozen = parameters(table, WeightRole::kFrozen), all = parameters(base, WeightRole::kTrained);
    EXPECT_EQ(frozen, all) << "the base keeps every parameter, in its order";
    EXPECT_EQ(parameter_count(table, WeightRole::kTrained), 2 * 3 * ((16 + 24) + (24 + 16)));
  }
}

TEST(LoraTable, AJoinedWeightsAdaptersAreStackedInTheOrderOfItsPartsWhateverTheFlagSays) {
  const std::vector<UnitSpec> base = base_of("Qwen3");
  const LoraOptions options = options_of(resolve_target_modules(base, {"v_proj", "up_proj", "q_proj"}));
  const UnitSpec block = lora_table(base, options).at(1);
  const LoraMaths maths = lora_maths(base, options);
  EXPECT_EQ(maths.rank, 3);
  EXPECT_EQ(maths.scaling, 4);
  ASSERT_EQ(maths.targets.size(), 2U);
  const auto rows = [&](const std::string& key) {
    std::vector<std::pair<std::int64_t, std::int64_t>> result;
    for (const LoraTarget& target : maths.targets.at(key)) result.emplace_back(target.first_row, target.rows);
    return result;
  };
  using Rows = std::vector<std::pair<std::int64_t, std::int64_t>>;
  EXPECT_EQ(rows("qkv"), (Rows{{0, 24}, {24 + 12, 12}}));
  EXPECT_EQ(rows("gate_up"), (Rows{{24, 24}}));
  std::map<std::string, Shape> shapes;
  for (const WeightSpec& weight : block.weights) shapes[weight.key] = weight.shape;
  EXPECT_EQ(shapes.at("qkv_lora_A"), (Shape{2 * 3, 16}));
  EXPECT_EQ(shapes.at("qkv_lora_B"), (Shape{24 + 12, 3}));
  EXPECT_EQ(shapes.at("gate_up_lora_A"), (Shape{3, 16}));
  EXPECT_FALSE(shapes.contains("o_lora_A"));
}

TEST(LoraTable, FullPathsAreNamesWhereTheyCoverEveryBlock) {
  const std::vector<UnitSpec> base = base_of("Llama");  // of two blocks
  EXPECT_EQ(
      resolve_target_modules(base, {"model.layers.1.mlp.down_proj", "layers.0.mlp.down_proj", "q_proj"}),
      (Names{"q_proj", "down_proj"}));
  EXPECT_EQ(
      refusal(ExitCode::kUsage, [&] { resolve_target_modules(base, {"model.layers.1.mlp.down_proj"}); }),
      "--lora_target_modules: mlp.down_proj is named in 1 of 2 blocks (Hone adapts a layer in every block or "
      "in none); name it in all of them");
  EXPECT_NE(refusal(ExitCode::kUsage,
                    [&] {
                      resolve_target_modules(base, {"layers.0.mlp.norm", "layers.1.mlp.norm"});
                    })
                .find("no linear layer of the blocks is named 'mlp.norm'"),
            std::string::npos);
}

TEST(LoraTable, TargetsAreLastNamesNamesWithTheirParentOrAllLinear) {
  const std::vector<UnitSpec> base = base_of("Llama");
  EXPECT_EQ(resolve_target_modules(base, {"all-linear"}), kAllLinear);
  EXPECT_EQ(resolve_target_modules(base, {"mlp.down_proj", "q_proj", "q_proj"}),
            (Names{"q_proj", "down_proj"}));
  for (const char* name : {"q_prog", "proj", "lm_head", "embed_tokens", "input_layernorm", "attn.q_proj"}) {
    const std::string line = refusal(ExitCode::kUsage, [&] {
      resolve_target_modules(base, {"o_proj", name});
    });
    EXPECT_NE(line.find(name), std::string::npos) << line;
    EXPECT_NE(line.find("down_proj"), std::string::npos) << "names the choices: " << line;
  }
  const std::string line = refusal(ExitCode::kUsage, [&] { resolve_target_modules(base, {"q_prog"}); });
  EXPECT_NE(line.find("did you mean 'q_proj'"), std::string::npos) << line;
  refusal(ExitCode::kUsage, [&] { resolve_target_modules(base, {}); });
}

TEST(LoraTable, BiasSaysWhichBiasesAreTrained) {
  const std::vector<UnitSpec> base = base_of("Llama", {{"attention_bias", true}, {"mlp_bias", true}});
  LoraOptions options = options_of({"q_proj", "k_proj", "v_proj", "down_proj"});
  const auto trained = [&](LoraBias bias) {
    options.bias = bias;
    return ending_with(parameters(lora_table(base, options), WeightRole::kTrained), ".bias");
  };
  EXPECT_EQ(trained(LoraBias::kNone).size(), 0U);
  EXPECT_EQ(trained(LoraBias::kAll).size(), 2U * 7);
  EXPECT_EQ(trained(LoraBias::kLoraOnly).size(), 2U * 4);
  // q, k and v have one bias here: a part of it can't be trained alone.
  options = options_of({"q_proj"});
  options.bias = LoraBias::kLoraOnly;
  const std::string line = refusal(ExitCode::kUsage, [&] { lora_table(base, options); });
  EXPECT_NE(line.find("q_proj, k_proj, v_proj"), std::string::npos) << line;
}

TEST(LoraTable, ModulesToSaveAreTrainedWhole) {
  LoraOptions options = options_of({"q_proj"});
  options.modules_to_save = {"lm_head", "embed_tokens", "input_layernorm", "down_proj"};
  Names trained = parameters(lora_table(base_of("Qwen2"), options), WeightRole::kTrained);
  std::erase_if(trained, is_adapter_parameter);
  EXPECT_EQ(trained, (Names{"model.embed_tokens.weight", "model.layers.0.input_layernorm.weight",
                            "model.layers.0.mlp.down_proj.weight", "model.layers.1.input_layernorm.weight",
                            "model.layers.1.mlp.down_proj.weight", "lm_head.weight"}));
}

TEST(LoraTable, ModulesThatCantBeSavedAreRefused) {
  const auto refused = [](const std::vector<UnitSpec>& base, Names modules, const std::string& word) {
    LoraOptions options = options_of({"q_proj"});
    options.modules_to_save = std::move(modules);
    const std::string line = refusal(ExitCode::kUsage, [&] { lora_table(base, options); });
    EXPECT_NE(line.find(word), std::string::npos) << line;
  };
  refused(base_of("Qwen2"), {"lm_hed"}, "did you mean 'lm_head'");
  refused(base_of("Qwen2"), {"q_proj"}, "--lora_target_modules");
  refused(base_of("Qwen2"), {"gate_proj"}, "gate_proj, up_proj");
  refused(base_of("Qwen2", {{"tie_word_embeddings", true}}), {"lm_head"}, "one weight");
  refused(base_of("Qwen2", {{"tie_word_embeddings", true}}), {"embed_tokens"}, "one weight");
}

TEST(LoraTable, FileNamesAreThoseOfPeft) {
  const LoraOptions options = options_of({"q_proj"});
  EXPECT_EQ(adapter_file_name(kLayer + "self_attn.q_proj.lora_A.weight", options),
            kLayer + "self_attn.q_proj.lora_A.weight");
  EXPECT_EQ(adapter_file_name("model.layers.1.self_attn.q_proj.bias", options),
            kLayer + "self_attn.q_proj.base_layer.bias");
  EXPECT_EQ(adapter_file_name("model.layers.1.self_attn.k_proj.bias", options),
            kLayer + "self_attn.k_proj.bias");
  EXPECT_EQ(adapter_file_name("lm_head.weight", options), "base_model.model.lm_head.weight");
}

TEST(LoraOptions, RankStabilisedScalingDividesByTheRoot) {
  LoraOptions options;
  options.rank = 16;
  options.alpha = 8;
  EXPECT_EQ(options.scaling(), 0.5);
  options.rslora = true;
  EXPECT_EQ(options.scaling(), 2);
}

}  // namespace
}  // namespace hone
