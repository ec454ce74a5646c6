// The whole decoder against the same decoder in float64: logits, loss and the gradient of every parameter.
#include "model/causal_lm.hpp"

#include "causal_lm_support.hpp"

namespace hone {
namespace {

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

TEST_P(CausalLmTest, ASampleWithoutTargetsAddsNothing) {
  EXPECT_EQ(forward_backward({{{1, 2, 3}, {}}}, 1.0, Activations::kKeep), 0);
  for (const auto& [name, gradient] : access_.gradients())
    EXPECT_EQ(gradient.abs().max().item<double>(), 0) << name;
}

std::vector<DecoderCase> cases() {
  std::vector<DecoderCase> result;
  for (const char* kind : {"Qwen2", "Qwen3", "Llama"}) {
    result.push_back({kind, at::kDouble, 1e-10});
    result.push_back({kind, at::kFloat, 2e-5});
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Cpu, CausalLmTest, ::testing::ValuesIn(cases()), [](const auto& test) {
  return test.param.kind + (test.param.type == at::kDouble ? "Float64" : "Float32");
});

}  // namespace
}  // namespace hone
