#include "model/weight_table.hpp"

#include <fmt/format.h>

namespace hone {
namespace {

std::int64_t product(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

UnitSpec block(const ModelConfig& config, std::int64_t layer) {
  const std::string prefix = fmt::format("model.layers.{}.", layer);
  const std::int64_t hidden = config.hidden_size, inner = config.intermediate_size;
  const std::int64_t q = config.num_attention_heads * config.head_dim,
                     kv = config.num_key_value_heads * config.head_dim;
  const auto name = [&](const char* rest) { return prefix + rest; };
  UnitSpec unit{fmt::format("block {}", layer), {}};
  auto& weights = unit.weights;
  weights.push_back(stacked("input_norm", {{name("input_layernorm.weight"), {hidden}}}));
  weights.push_back(stacked("qkv", {{name("self_attn.q_proj.weight"), {q, hidden}},
                                    {name("self_attn.k_proj.weight"), {kv, hidden}},
                                    {name("self_attn.v_proj.weight"), {kv, hidden}}}));
  if (config.qkv_bias) {
    weights.push_back(stacked("qkv_bias", {{name("self_attn.q_proj.bias"), {q}},
                                           {name("self_attn.k_proj.bias"), {kv}},
                                           {name("self_attn.v_proj.bias"), {kv}}}));
  }
  if (config.qk_norm) {
    weights.push_back(stacked("q_norm", {{name("self_attn.q_norm.weight"), {config.head_dim}}}));
    weights.push_back(stacked("k_norm", {{name("self_attn.k_norm.weight"), {config.head_dim}}}));
  }
  weights.push_back(stacked("o", {{name("self_attn.o_proj.weight"), {hidden, q}}}));
  if (config.output_bias) weights.push_back(stacked("o_bias", {{name("self_attn.o_proj.bias"), {hidden}}}));
  weights.push_back(stacked("post_norm", {{name("post_attention_layernorm.weight"), {hidden}}}));
  weights.push_back(stacked("gate_up", {{name("mlp.gate_proj.weight"), {inner, hidden}},
                                        {name("mlp.up_proj.weight"), {inner, hidden}}}));
  if (config.mlp_bias) {
    weights.push_back(stacked("gate_up_bias",
                              {{name("mlp.gate_proj.bias"), {inner}}, {name("mlp.up_proj.bias"), {inner}}}));
  }
  weights.push_back(stacked("down", {{name("mlp.down_proj.weight"), {hidden, inner}}}));
  if (config.mlp_bias) weights.push_back(stacked("down_bias", {{name("mlp.down_proj.bias"), {hidden}}}));
  return unit;
}

}  // namespace

std::int64_t WeightPart::numel() const { return product(shape); }
std::int64_t WeightSpec::numel() const { return product(shape); }

std::vector<UnitSpec> weight_table(const ModelConfig& config) {
  std::vector<UnitSpec> table;
  const std::vector<std::int64_t> embedding = {config.vocab_size, config.hidden_size};
  table.push_back({"embedding", {stacked("embed_tokens", {{"model.embed_tokens.weight", embedding}})}});
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer)
    table.push_back(block(config, layer));
  UnitSpec head{"head", {stacked("norm", {{"model.norm.weight", {config.hidden_size}}})}};
  if (!config.tie_word_embeddings)
    head.weights.push_back(stacked("lm_head", {{"lm_head.weight", embedding}}));
  table.push_back(std::move(head));
  return table;
}

WeightSpec stacked(const std::string& key, std::vector<WeightPart> parts) {
  std::vector<std::int64_t> shape = parts.front().shape;
  shape.front() = 0;
  for (const WeightPart& part : parts) shape.front() += part.shape.front();
  return {key, std::move(parts), shape, shape.size() > 1};
}

UnitSpec with_role(const UnitSpec& unit, WeightRole role) {
  UnitSpec result{unit.name, {}};
  for (const WeightSpec& weight : unit.weights) {
    if (weight.role == role) result.weights.push_back(weight);
  }
  return result;
}

std::int64_t parameter_count(const std::vector<UnitSpec>& table, std::optional<WeightRole> role) {
  std::int64_t count = 0;
  for (const UnitSpec& unit : table) {
    for (const WeightSpec& weight : unit.weights) {
      if (!role || weight.role == *role) count += weight.numel();
    }
  }
  return count;
}

}  // namespace hone
