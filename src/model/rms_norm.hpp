#pragma once

#include "model/ops/rms_norm.hpp"
#include "model/weight_set.hpp"

namespace hone {

/// RMSNorm over the last dimension with a bound weight.
class RmsNorm {
 public:
  RmsNorm(Weight& weight, double eps) : weight_(weight), eps_(eps) {}

  /// x: (rows, size) -> the same shape; `inverse_rms` (rows) is what backward needs.
  Tensor forward(const Tensor& x, Tensor& inverse_rms) const {
    return ops::rms_norm(x, weight_.value(), eps_, inverse_rms);
  }
  Tensor backward(const Tensor& dy, const Tensor& x, const Tensor& inverse_rms) const {
    return ops::rms_norm_backward(dy, x, weight_.value(), inverse_rms, weight_.grad());
  }
  /// Whether backward owes the weight a gradient.
  bool has_grad() const { return weight_.has_grad(); }

 private:
  Weight& weight_;
  double eps_;
};

}  // namespace hone
