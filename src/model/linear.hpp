#pragma once

#include <vector>

#include "model/input_gradient.hpp"
#include "model/lora.hpp"
#include "model/segments.hpp"
#include "model/weight_set.hpp"

namespace hone {

/// y = x W^T (+ b) over bound weights, and what adapters add to it.
class Linear {
 public:
  struct Saved {
    Tensor low_rank;      // (tokens, adapters * rank): scaling dropout(x) A^T; undefined without adapters
    Tensor dropout_mask;  // of x, a bit an element; undefined without dropout
  };

  /// `key` names the weight, `key`_bias the bias where the model has one. `lora` may be null; it must outlive
  /// the layer. `layer` tells the model's linear layers apart where dropout is drawn.
  Linear(WeightSet& weights, const std::string& key, const LoraMaths* lora, std::uint32_t layer);

  /// x: (tokens, in) -> (tokens, out).
  Tensor forward(const Tensor& x, const Segments& segments, Saved& saved) const;
  /// residual + forward(x).
  Tensor forward_add(const Tensor& residual, const Tensor& x, const Segments& segments, Saved& saved) const;
  /// dy: (tokens, out) -> (tokens, in), undefined where nobody asks for it; adds the weight gradients. `x`
  /// may be undefined where there are none.
  Tensor backward(const Tensor& dy, const Tensor& x, const Saved& saved, InputGradient input) const;
  /// Whether backward owes the weight, its bias or an adapter a gradient.
  bool has_grad() const;

 private:
  struct Adapters {
    Weight& a;
    Weight& b;
    const std::vector<LoraTarget>& targets;
  };

  Tensor bias() const { return bias_ != nullptr ? bias_->value() : Tensor(); }
  Tensor dropped(const Tensor& x, const Saved& saved) const;
  void add_adapters(const Tensor& y, const Tensor& x, const Segments& segments, Saved& saved) const;
  void adapters_backward(const Tensor& dy, const Tensor& x, const Saved& saved, const Tensor& dx) const;

  Weight& weight_;
  Weight* bias_;
  const LoraMaths* lora_;
  std::uint32_t layer_;
  std::optional<Adapters> adapters_;
};

}  // namespace hone
