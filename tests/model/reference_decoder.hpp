// A decoder written out in plain ATen ops over the parameters of a Hugging Face folder, in float64 and for
// autograd: what the model is held against.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "model/tensor.hpp"
#include "model/weight_table.hpp"

namespace hone {

using Parameters = std::map<std::string, Tensor>;

/// A model whose every size differs from every other, so that no transposition passes unseen.
inline ModelConfig config_of(const std::string& kind) {
  Json json = {{"hidden_size", 24},        {"intermediate_size", 20},  {"num_hidden_layers", 2},
               {"num_attention_heads", 6}, {"num_key_value_heads", 2}, {"vocab_size", 29}};
  if (kind == "Qwen2") json.update({{"tie_word_embeddings", true}});
  if (kind == "Qwen3") json.update({{"tie_word_embeddings", true}, {"head_dim", 10}});
  if (kind == "Llama") json.update({{"attention_bias", true}, {"mlp_bias", true}, {"head_dim", 8}});
  json["architectures"] = {kind + "ForCausalLM"};
  return parse_model_config(json, "config.json");
}

/// Float64 leaves by Hugging Face name.
inline Parameters random_parameters(const ModelConfig& config) {
  at::manual_seed(5);
  Parameters parameters;
  for (const UnitSpec& unit : weight_table(config)) {
    for (const WeightSpec& weight : unit.weights) {
      for (const WeightPart& part : weight.parts)
        parameters[part.name] = (at::randn(part.shape, at::kDouble) * 0.3 + 0.1).requires_grad_(true);
    }
  }
  return parameters;
}

struct Sample {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> targets;  // positions of the ids that are predicted
};
using Samples = std::vector<Sample>;

inline const Samples kTwoSamples = {{{3, 1, 4, 1, 5, 9}, {2, 3, 5}}, {{2, 6, 5, 3, 5}, {1, 4}}};
inline const Samples kThreeSamples = {{{28, 0, 7}, {1, 2}}, {{8}, {}}, {{3, 1, 4, 15, 9, 26, 5}, {6}}};

/// cos and sin of the positions 0 .. length - 1: (length, head_dim / 2), float64.
inline std::pair<Tensor, Tensor> rotation(const ModelConfig& config, std::int64_t length) {
  const Tensor exponents =
      at::arange(0, config.head_dim, 2, at::kDouble) / static_cast<double>(config.head_dim);
  const Tensor angles = at::arange(length, at::kDouble).unsqueeze(1) * at::pow(config.rope.theta, -exponents);
  return {angles.cos(), angles.sin()};
}

class ReferenceDecoder {
 public:
  ReferenceDecoder(const ModelConfig& config, const Parameters& parameters)
      : config_(config), parameters_(parameters) {}

  /// One sample by itself: (length, vocabulary).
  Tensor logits(const std::vector<std::int64_t>& ids) const {
    Tensor x = at_name("model.embed_tokens.weight").index_select(0, at::tensor(ids, at::kLong));
    for (std::int64_t i = 0; i < config_.num_hidden_layers; ++i) {
      const std::string layer = "model.layers." + std::to_string(i) + ".";
      x = x + attention(norm(x, layer + "input_layernorm"), layer + "self_attn.");
      x = x + mlp(norm(x, layer + "post_attention_layernorm"), layer + "mlp.");
    }
    const bool tied = !parameters_.contains("lm_head.weight");
    return norm(x, "model.norm").mm(at_name(tied ? "model.embed_tokens.weight" : "lm_head.weight").t());
  }

  Tensor loss(const Samples& samples) const {
    Tensor sum = at::zeros({}, at::kDouble);
    for (const Sample& sample : samples) {
      const Tensor log_probability = logits(sample.ids).log_softmax(-1);
      for (const std::int64_t target : sample.targets)
        sum = sum - log_probability[target - 1][sample.ids[static_cast<std::size_t>(target)]];
    }
    return sum;
  }

 private:
  const Tensor& at_name(const std::string& name) const { return parameters_.at(name); }
  Tensor norm(const Tensor& x, const std::string& name) const {
    return x / (x.square().mean(-1, true) + config_.rms_norm_eps).sqrt() * at_name(name + ".weight");
  }
  Tensor linear(const Tensor& x, const std::string& name) const {
    const Tensor y = x.mm(at_name(name + ".weight").t());
    return parameters_.contains(name + ".bias") ? y + at_name(name + ".bias") : y;
  }
  Tensor mlp(const Tensor& x, const std::string& prefix) const {
    const Tensor gate = linear(x, prefix + "gate_proj");
    return linear(gate * gate.sigmoid() * linear(x, prefix + "up_proj"), prefix + "down_proj");
  }
  // (length, heads * head_dim) -> (heads, length, head_dim), normalised and rotated.
  Tensor heads_of(const Tensor& x, const std::string& norm_name, bool rotate) const {
    Tensor heads = x.unflatten(1, {-1, config_.head_dim}).transpose(0, 1);
    if (parameters_.contains(norm_name + ".weight")) heads = norm(heads, norm_name);
    if (!rotate) return heads;
    const auto [cos, sin] = rotation(config_, x.size(0));
    const std::vector<Tensor> halves = heads.chunk(2, -1);
    return at::cat({halves[0] * cos - halves[1] * sin, halves[1] * cos + halves[0] * sin}, -1);
  }
  Tensor attention(const Tensor& x, const std::string& prefix) const {
    const std::int64_t groups = config_.num_attention_heads / config_.num_key_value_heads;
    const Tensor q = heads_of(linear(x, prefix + "q_proj"), prefix + "q_norm", true);
    const Tensor k = heads_of(linear(x, prefix + "k_proj"), prefix + "k_norm", true);
    const Tensor v = heads_of(linear(x, prefix + "v_proj"), "", false);
    const Tensor scores = q.matmul(k.repeat_interleave(groups, 0).transpose(1, 2)) /
                          std::sqrt(static_cast<double>(config_.head_dim));
    const Tensor later = at::ones({x.size(0), x.size(0)}, at::kBool).triu(1);
    const Tensor weights = scores.masked_fill(later, -INFINITY).softmax(-1);
    return linear(weights.matmul(v.repeat_interleave(groups, 0)).transpose(0, 1).flatten(1),
                  prefix + "o_proj");
  }

  const ModelConfig& config_;
  const Parameters& parameters_;
};

}  // namespace hone
