// The whole decoder against the same decoder written out in plain ATen ops over the parameters of a Hugging
// Face folder, in float64 and by autograd: logits, loss and the gradient of every parameter.
#include "model/causal_lm.hpp"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "model/rope.hpp"
#include "model/rope_table.hpp"
#include "model/weight_table.hpp"

namespace hone {
namespace {

using Parameters = std::map<std::string, Tensor>;

/// A model whose every size differs from every other, so that no transposition passes unseen.
ModelConfig config_of(const std::string& kind) {
  Json json = {{"hidden_size", 24},        {"intermediate_size", 20},  {"num_hidden_layers", 2},
               {"num_attention_heads", 6}, {"num_key_value_heads", 2}, {"vocab_size", 29}};
  if (kind == "Qwen2") json.update({{"tie_word_embeddings", true}});
  if (kind == "Qwen3") json.update({{"tie_word_embeddings", true}, {"head_dim", 10}});
  if (kind == "Llama") json.update({{"attention_bias", true}, {"mlp_bias", true}, {"head_dim", 8}});
  json["architectures"] = {kind + "ForCausalLM"};
  return parse_model_config(json, "config.json");
}

/// Float64 leaves by Hugging Face name.
Parameters random_parameters(const ModelConfig& config) {
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

const Samples kTwoSamples = {{{3, 1, 4, 1, 5, 9}, {2, 3, 5}}, {{2, 6, 5, 3, 5}, {1, 4}}};
const Samples kThreeSamples = {{{28, 0, 7}, {1, 2}}, {{8}, {}}, {{3, 1, 4, 15, 9, 26, 5}, {6}}};

/// cos and sin of the positions 0 .. length - 1: (length, head_dim / 2), float64.
std::pair<Tensor, Tensor> rotation(const ModelConfig& config, std::int64_t length) {
  const Tensor exponents =
      at::arange(0, config.head_dim, 2, at::kDouble) / static_cast<double>(config.head_dim);
  const Tensor angles = at::arange(length, at::kDouble).unsqueeze(1) * at::pow(config.rope.theta, -exponents);
  return {angles.cos(), angles.sin()};
}

class Reference {
 public:
  Reference(const ModelConfig& config, const Parameters& parameters)
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

/// Binds joined copies of the parameters only while the model has asked for them, and notes what it asks.
class NotingAccess final : public WeightAccess {
 public:
  NotingAccess(const ModelConfig& config, const Parameters& parameters, at::ScalarType type)
      : table_(weight_table(config)), sets_(table_.size()), units_(table_.size()) {
    for (std::size_t i = 0; i < table_.size(); ++i) {
      for (const WeightSpec& spec : table_[i].weights) {
        std::vector<Tensor> parts;
        for (const WeightPart& part : spec.parts) parts.push_back(parameters.at(part.name).detach());
        const Tensor value = at::cat(parts).to(type);
        units_[i].weights.push_back({&sets_[i].add(spec.key), value, at::zeros_like(value)});
      }
    }
  }

  std::vector<WeightSet>& sets() { return sets_; }
  const std::vector<std::string>& calls() const { return calls_; }
  void forget() {
    calls_.clear();
    for (Unit& unit : units_) {
      for (Bound& weight : unit.weights) weight.gradient = at::zeros_like(weight.value);
    }
  }
  /// The weights of this key get no gradient.
  void freeze(const std::string& key) {
    for (Unit& unit : units_) {
      for (Bound& weight : unit.weights) {
        if (weight.weight->name() == key) weight.gradient = Tensor();
      }
    }
  }
  /// By Hugging Face name, in float64; frozen ones are left out.
  Parameters gradients() const {
    Parameters result;
    for (std::size_t i = 0; i < table_.size(); ++i) {
      for (std::size_t j = 0; j < table_[i].weights.size(); ++j) {
        const Tensor& joined = units_[i].weights[j].gradient;
        std::int64_t row = 0;
        for (const WeightPart& part : table_[i].weights[j].parts) {
          if (joined.defined()) result[part.name] = joined.narrow(0, row, part.shape[0]).to(at::kDouble);
          row += part.shape[0];
        }
      }
    }
    return result;
  }
  void expect_nothing_held() const {
    for (const Unit& unit : units_) {
      EXPECT_EQ(unit.users, 0);
      EXPECT_FALSE(unit.gradient_open);
    }
  }

  void prefetch(std::int64_t unit) override { note("prefetch", unit); }
  void acquire(std::int64_t unit) override {
    if (note("acquire", unit).users++ == 0) bind_values(unit, true);
  }
  void release(std::int64_t unit) override {
    Unit& noted = note("release", unit);
    ASSERT_GT(noted.users, 0);
    if (--noted.users == 0) bind_values(unit, false);
  }
  void begin_gradient(std::int64_t unit) override {
    Unit& noted = note("begin", unit);
    EXPECT_FALSE(std::exchange(noted.gradient_open, true));
    for (Bound& weight : noted.weights) weight.weight->bind_grad(weight.gradient);
  }
  void end_gradient(std::int64_t unit) override {
    Unit& noted = note("end", unit);
    EXPECT_TRUE(std::exchange(noted.gradient_open, false));
    for (Bound& weight : noted.weights) weight.weight->bind_grad({});
  }

 private:
  struct Bound {
    Weight* weight;
    Tensor value, gradient;
  };
  struct Unit {
    std::vector<Bound> weights;
    int users = 0;
    bool gradient_open = false;
  };

  Unit& note(const std::string& what, std::int64_t unit) {
    calls_.push_back(what + " " + std::to_string(unit));
    return units_.at(static_cast<std::size_t>(unit));
  }
  void bind_values(std::int64_t unit, bool bound) {
    for (Bound& weight : units_[static_cast<std::size_t>(unit)].weights)
      weight.weight->bind_value(bound ? weight.value : Tensor());
  }

  std::vector<UnitSpec> table_;
  std::vector<WeightSet> sets_;
  std::vector<Unit> units_;
  std::vector<std::string> calls_;
};

MicroBatch batch_of(const ModelConfig& config, const Samples& samples, at::ScalarType type) {
  std::vector<std::int64_t> ids, rows, targets;
  std::vector<Tensor> cos = {at::empty({0, config.head_dim / 2}, at::kDouble)}, sin = cos;
  ops::Bounds bounds = {0};
  for (const Sample& sample : samples) {
    for (const std::int64_t target : sample.targets) {
      rows.push_back(bounds.back() + target - 1);
      targets.push_back(sample.ids[static_cast<std::size_t>(target)]);
    }
    ids.insert(ids.end(), sample.ids.begin(), sample.ids.end());
    const auto length = static_cast<std::int64_t>(sample.ids.size());
    const auto [c, s] = rotation(config, length);
    cos.push_back(c);
    sin.push_back(s);
    bounds.push_back(bounds.back() + length);
  }
  return {at::tensor(ids, at::kLong),
          {bounds, at::cat(cos).to(type), at::cat(sin).to(type)},
          {at::tensor(rows, at::kLong), at::tensor(targets, at::kLong)}};
}

struct Case {
  std::string kind;
  at::ScalarType type;
  double tolerance;  // relative to the largest reference value
};
void PrintTo(const Case& value, std::ostream* out) { *out << value.kind << " " << value.type; }

class CausalLmTest : public ::testing::TestWithParam<Case> {
 protected:
  double forward_backward(const Samples& samples, double scale, Activations activations) {
    const c10::InferenceMode guard;
    return model_.forward_backward(batch_of(config_, samples, GetParam().type), scale, activations, access_)
        .item<double>();
  }
  MicroBatch batch(const Samples& samples) const { return batch_of(config_, samples, GetParam().type); }

  void expect_near(const Tensor& actual, const Tensor& expected, const std::string& name) const {
    ASSERT_EQ(actual.sizes(), expected.sizes()) << name;
    const double difference = (actual.to(at::kDouble) - expected.detach()).abs().max().item<double>();
    EXPECT_LT(difference, GetParam().tolerance * expected.detach().abs().max().item<double>()) << name;
  }
  /// Of every parameter: the gradient of `loss`, and none forgotten.
  void expect_gradients(const Tensor& loss, const std::vector<std::string>& frozen_endings = {}) {
    loss.backward();
    const Parameters gradients = access_.gradients();
    for (const auto& [name, parameter] : parameters_) {
      const bool frozen =
          std::ranges::any_of(frozen_endings, [&](const auto& end) { return name.ends_with(end); });
      ASSERT_EQ(gradients.contains(name), !frozen) << name;
      if (!frozen) expect_near(gradients.at(name), parameter.grad(), name);
    }
  }

  ModelConfig config_ = config_of(GetParam().kind);
  Parameters parameters_ = random_parameters(config_);
  Reference reference_{config_, parameters_};
  NotingAccess access_{config_, parameters_, GetParam().type};
  CausalLm model_{config_, access_.sets()};
};

TEST_P(CausalLmTest, LogitsAndLossAreThoseOfEachSampleByItself) {
  const c10::InferenceMode guard;
  const Tensor logits = model_.logits(batch(kTwoSamples), access_);
  expect_near(logits.narrow(0, 0, 6), reference_.logits(kTwoSamples[0].ids), "first");
  expect_near(logits.narrow(0, 6, 5), reference_.logits(kTwoSamples[1].ids), "second");
  const double expected = reference_.loss(kTwoSamples).item<double>();
  EXPECT_NEAR(model_.loss(batch(kTwoSamples), access_).item<double>(), expected,
              GetParam().tolerance * expected);
  access_.expect_nothing_held();
}

TEST_P(CausalLmTest, EveryGradientIsThatOfTheScaledLossSummedOverMicroBatches) {
  const double first = forward_backward(kTwoSamples, 0.25, Activations::kKeep);
  const double second = forward_backward(kThreeSamples, 3.0, Activations::kKeep);
  const Tensor expected_first = reference_.loss(kTwoSamples),
               expected_second = reference_.loss(kThreeSamples);
  EXPECT_NEAR(first, expected_first.item<double>(), GetParam().tolerance * first);
  EXPECT_NEAR(second, expected_second.item<double>(), GetParam().tolerance * second);
  expect_gradients(0.25 * expected_first + 3.0 * expected_second);
  access_.expect_nothing_held();
}

TEST_P(CausalLmTest, RecomputedActivationsGiveTheSameBits) {
  const double kept = forward_backward(kTwoSamples, 0.5, Activations::kKeep);
  const Parameters expected = access_.gradients();
  access_.forget();
  EXPECT_EQ(forward_backward(kTwoSamples, 0.5, Activations::kRecompute), kept);
  for (const auto& [name, gradient] : access_.gradients())
    EXPECT_TRUE(at::equal(gradient, expected.at(name))) << name;
  access_.expect_nothing_held();
}

TEST_P(CausalLmTest, AFrozenWeightGetsNoGradientAndTheOthersKeepTheirs) {
  for (const char* key : {"embed_tokens", "qkv", "input_norm", "down"}) access_.freeze(key);
  forward_backward(kTwoSamples, 1.0, Activations::kRecompute);
  expect_gradients(reference_.loss(kTwoSamples),
                   {"embed_tokens.weight", "q_proj.weight", "k_proj.weight", "v_proj.weight",
                    "input_layernorm.weight", "down_proj.weight"});
}

TEST_P(CausalLmTest, WhatIsTrainedAloneGetsTheGradientItHasAmongOthers) {
  const std::vector<std::string> kKeys = {"embed_tokens", "input_norm", "qkv",       "qkv_bias", "q_norm",
                                          "k_norm",       "o",          "post_norm", "gate_up",  "down"};
  const Tensor loss = reference_.loss(kTwoSamples);
  loss.backward();
  for (const std::string& trained : kKeys) {
    NotingAccess access(config_, parameters_, GetParam().type);
    for (const UnitSpec& unit : weight_table(config_)) {
      for (const WeightSpec& weight : unit.weights) {
        if (weight.key != trained) access.freeze(weight.key);
      }
    }
    const CausalLm model(config_, access.sets());
    const c10::InferenceMode guard;
    model.forward_backward(batch(kTwoSamples), 1.0, Activations::kKeep, access);
    for (const auto& [name, gradient] : access.gradients())
      expect_near(gradient, parameters_.at(name).grad(), name);
    access.expect_nothing_held();
  }
}

TEST_P(CausalLmTest, AnEmptyMicroBatchAsksForTheSameWeightsAndAddsNothing) {
  for (const Activations activations : {Activations::kKeep, Activations::kRecompute}) {
    access_.forget();
    forward_backward(kTwoSamples, 1.0, activations);
    const std::vector<std::string> calls = access_.calls();
    access_.forget();
    EXPECT_EQ(forward_backward({}, 1.0, activations), 0);
    EXPECT_EQ(access_.calls(), calls);
    for (const auto& [name, gradient] : access_.gradients())
      EXPECT_EQ(gradient.abs().max().item<double>(), 0) << name;
  }
}

TEST_P(CausalLmTest, EveryUnitButTheFirstIsAskedForBeforeItIsUsed) {
  const auto expect_asked = [&](const char* what) {
    std::set<std::string> asked = {"0"};  // a micro-batch begins with the embedding
    std::map<std::string, int> users;
    for (const std::string& call : access_.calls()) {
      const std::string unit = call.substr(call.find(' ') + 1);
      if (call.starts_with("prefetch")) asked.insert(unit);
      if (call.starts_with("release")) --users[unit];
      if (!call.starts_with("acquire") || users[unit]++ > 0) continue;
      EXPECT_EQ(asked.erase(unit), 1U) << what << ": unit " << unit;
    }
    EXPECT_EQ(asked.size(), 0U) << what;  // nothing is gathered for nobody
  };
  access_.forget();
  forward_backward(kTwoSamples, 1.0, Activations::kRecompute);
  expect_asked("training");
  access_.forget();
  const c10::InferenceMode guard;
  model_.loss(batch(kTwoSamples), access_);
  expect_asked("evaluation");
}

TEST_P(CausalLmTest, ASampleWithoutTargetsAddsNothing) {
  EXPECT_EQ(forward_backward({{{1, 2, 3}, {}}}, 1.0, Activations::kKeep), 0);
  for (const auto& [name, gradient] : access_.gradients())
    EXPECT_EQ(gradient.abs().max().item<double>(), 0) << name;
}

std::vector<Case> cases() {
  std::vector<Case> result;
  for (const char* kind : {"Qwen2", "Qwen3", "Llama"}) {
    result.push_back({kind, at::kDouble, 1e-10});
    result.push_back({kind, at::kFloat, 2e-5});
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Cpu, CausalLmTest, ::testing::ValuesIn(cases()), [](const auto& test) {
  return test.param.kind + (test.param.type == at::kDouble ? "Float64" : "Float32");
});

TEST(RopeTable, EachSampleBeginsAtPositionZero) {
  const ModelConfig config = config_of("Qwen3");
  const RopeTable table(config, 9, at::kFloat, at::kCPU);
  const Segments segments = table.segments({0, 9, 10, 14});
  const auto [cos, sin] = rotation(config, 9);
  const auto rows = [](const Tensor& x) { return at::cat({x, x.narrow(0, 0, 1), x.narrow(0, 0, 4)}); };
  EXPECT_TRUE(at::allclose(segments.cos.to(at::kDouble), rows(cos), 0, 1e-6));
  EXPECT_TRUE(at::allclose(segments.sin.to(at::kDouble), rows(sin), 0, 1e-6));
  EXPECT_EQ(table.segments({0}).cos.sizes(), (std::vector<std::int64_t>{0, config.head_dim / 2}));
  EXPECT_THROW(table.segments({0, 10}), std::logic_error);
}

}  // namespace
}  // namespace hone
