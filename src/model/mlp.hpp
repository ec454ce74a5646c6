#pragma once

#include "model/linear.hpp"
#include "model/ops/swiglu.hpp"

namespace hone {

/// The SwiGLU feed-forward: gate and up are one joined product.
class Mlp {
 public:
  struct Saved {
    Tensor input;    // (tokens, hidden)
    Tensor gate_up;  // (tokens, 2 * intermediate)
  };

  explicit Mlp(WeightSet& weights) : gate_up_(weights, "gate_up"), down_(weights, "down") {}

  /// residual + mlp(x). x, residual: (tokens, hidden).
  Tensor forward_add(const Tensor& residual, const Tensor& x, Saved& saved) const {
    saved.input = x;
    saved.gate_up = gate_up_.forward(x);
    return down_.forward_add(residual, ops::swiglu(saved.gate_up));
  }
  /// Gradient by x. The activation is computed again: cheaper than keeping (tokens, intermediate).
  Tensor backward(const Tensor& dy, const Saved& saved) const {
    const Tensor d_activation = down_.backward(dy, ops::swiglu(saved.gate_up));
    return gate_up_.backward(ops::swiglu_backward(d_activation, saved.gate_up), saved.input);
  }

 private:
  Linear gate_up_, down_;
};

}  // namespace hone
