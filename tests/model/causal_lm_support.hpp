#pragma once

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "model/causal_lm.hpp"
#include "noting_access.hpp"
#include "reference_decoder.hpp"

namespace hone {

inline MicroBatch batch_of(const ModelConfig& config, const Samples& samples, at::ScalarType type) {
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

struct DecoderCase {
  std::string kind;
  at::ScalarType type;
  double tolerance;  // relative to the largest reference value
};
inline void PrintTo(const DecoderCase& value, std::ostream* out) { *out << value.kind << " " << value.type; }

class CausalLmTest : public ::testing::TestWithParam<DecoderCase> {
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
  ReferenceDecoder reference_{config_, parameters_};
  NotingAccess access_{config_, parameters_, GetParam().type};
  CausalLm model_{config_, access_.sets()};
};

}  // namespace hone
