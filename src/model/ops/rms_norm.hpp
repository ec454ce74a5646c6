#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// RMSNorm (Zhang & Sennrich 2019): y = x / sqrt(mean(x^2) + eps) * weight, over the last dimension,
/// statistics in fp32. x: (rows, size) contiguous; weight: (size); `inverse_rms` receives (rows) for the
/// backward.
Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps, Tensor& inverse_rms);

/// Gradient of rms_norm by x: (rows, size). Adds the gradient by weight into `weight_grad` (size) where it is
/// defined.
Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inverse_rms,
                         const Tensor& weight_grad);

}  // namespace hone::ops
