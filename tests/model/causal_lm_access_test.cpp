// Which units the decoder asks for and when; causal_lm_test.cpp says for which models.
#include <map>
#include <set>

#include "causal_lm_support.hpp"

namespace hone {
namespace {

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

}  // namespace
}  // namespace hone
