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
  /// Gradient by x, undefined where nobody asks for it. The activation is computed again where a gradient of
  /// down needs it: cheaper than keeping (tokens, intermediate).
  Tensor backward(const Tensor& dy, const Saved& saved, InputGradient input) const {
    const Tensor activation = down_.has_grad() ? ops::swiglu(saved.gate_up) : Tensor();
    const Tensor d_activation = down_.backward(
        dy, activation, saved.down_linear, needed_if(input == InputGradient::kNeeded || gate_up_.has_grad()));
    if (!d_activation.defined()) return {};
    return gate_up_.backward(ops::swiglu_backward(d_activation, saved.gate_up), saved.input,
                             saved.gate_up_linear, input);
  }

 private:
  Linear gate_up_, down_;
};

}  // namespace hone
