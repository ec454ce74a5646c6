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
    Linear::Saved gate_up_linear, down_linear;
  };

  /// `lora` and `first_layer` as Linear takes them; two linear layers count.
  Mlp(WeightSet& weights, const LoraMaths* lora, std::uint32_t first_layer)
      : gate_up_(weights, "gate_up", lora, first_layer), down_(weights, "down", lora, first_layer + 1) {}

  /// residual + mlp(x). x, residual: (tokens, hidden).
  Tensor forward_add(const Tensor& residual, const Tensor& x, const Segments& segments, Saved& saved) const {
    saved.input = x;
    saved.gate_up = gate_up_.forward(x, segments, saved.gate_up_linear);
    return down_.forward_add(residual, ops::swiglu(saved.gate_up), segments, saved.down_linear);
  }
  /// Gradient by x. The activation is computed again: cheaper than keeping (tokens, intermediate).
  Tensor backward(const Tensor& dy, const Segments& segments, const Saved& saved) const {
    const Tensor d_activation = down_.backward(dy, ops::swiglu(saved.gate_up), segments, saved.down_linear);
    return gate_up_.backward(ops::swiglu_backward(d_activation, saved.gate_up), saved.input, segments,
                             saved.gate_up_linear);
  }

 private:
  Linear gate_up_, down_;
};

}  // namespace hone
