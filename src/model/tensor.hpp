#pragma once

#include <ATen/ATen.h>

namespace hone {

using at::Tensor;

/// The fp32 CPU kernels serve these tensors; every other device and dtype takes the ATen expression of the
/// same op.
inline bool has_cpu_kernel(const Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

}  // namespace hone
