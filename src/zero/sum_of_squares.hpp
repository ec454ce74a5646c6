#pragma once

#include <vector>

#include "model/tensor.hpp"

namespace hone {

/// Sum of squares of a flat fp32 tensor in host memory, in fp64; the same bits for any thread count.
double sum_of_squares(const Tensor& values);

/// The same of several tensors on any device, by few kernels: each tensor's norm in fp32, their squares' sum
/// in fp64. A scalar on that device.
Tensor sum_of_squares_any(const std::vector<Tensor>& values);

}  // namespace hone
