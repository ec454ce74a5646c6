#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// y = x W^T + b. x: (tokens, in); weight: (out, in); bias: (out) or undefined; result: (tokens, out).
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);

/// residual + x W^T + b in one product; residual: (tokens, out).
Tensor linear_add(const Tensor& residual, const Tensor& x, const Tensor& weight, const Tensor& bias);

/// Gradient of linear by its input: dy (tokens, out), weight (out, in) -> (tokens, in).
Tensor linear_backward_input(const Tensor& dy, const Tensor& weight);

/// Adds dy^T x into `weight_grad` (out, in) and the column sums of dy into `bias_grad` (out), each where it
/// is defined.
void linear_backward_weight(const Tensor& dy, const Tensor& x, const Tensor& weight_grad,
                            const Tensor& bias_grad);

}  // namespace hone::ops
