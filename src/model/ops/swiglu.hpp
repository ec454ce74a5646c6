#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// SwiGLU (Shazeer 2020): silu(gate) * up. gate_up: (tokens, 2 * size), gate first; result: (tokens, size).
Tensor swiglu(const Tensor& gate_up);

/// Gradient by gate_up: dy (tokens, size) -> (tokens, 2 * size).
Tensor swiglu_backward(const Tensor& dy, const Tensor& gate_up);

}  // namespace hone::ops
