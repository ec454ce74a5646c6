#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// swiglu and swiglu_backward for contiguous fp32 tensors on the CPU, each in one pass.
Tensor swiglu_cpu(const Tensor& gate_up);
Tensor swiglu_backward_cpu(const Tensor& dy, const Tensor& gate_up);

}  // namespace hone::ops
