#pragma once

#include "model/ops/linear.hpp"
#include "model/weight_set.hpp"

namespace hone {

/// y = x W^T (+ b) over bound weights.
class Linear {
 public:
  /// `key` names the weight, `key`_bias the bias where the model has one.
  Linear(WeightSet& weights, const std::string& key)
      : weight_(weights.at(key)), bias_(weights.find(key + "_bias")) {}

  /// x: (tokens, in) -> (tokens, out).
  Tensor forward(const Tensor& x) const { return ops::linear(x, weight_.value(), bias()); }
  /// residual + forward(x).
  Tensor forward_add(const Tensor& residual, const Tensor& x) const {
    return ops::linear_add(residual, x, weight_.value(), bias());
  }
  /// dy: (tokens, out) -> (tokens, in); adds the weight gradients.
  Tensor backward(const Tensor& dy, const Tensor& x) const {
    ops::linear_backward_weight(dy, x, weight_.grad(), bias_ != nullptr ? bias_->grad() : Tensor());
    return ops::linear_backward_input(dy, weight_.value());
  }

 private:
  Tensor bias() const { return bias_ != nullptr ? bias_->value() : Tensor(); }

  Weight& weight_;
  Weight* bias_;
};

}  // namespace hone
