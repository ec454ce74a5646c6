#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// The fp32 CPU kernels behind ops/rms_norm.hpp; same shapes, contiguous tensors.
Tensor rms_norm_cpu(const Tensor& x, const Tensor& weight, double eps, Tensor& inverse_rms);
Tensor rms_norm_backward_cpu(const Tensor& dy, const Tensor& x, const Tensor& weight,
                             const Tensor& inverse_rms, const Tensor& weight_grad);

}  // namespace hone::ops
