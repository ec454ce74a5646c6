#pragma once

#include "model/tensor.hpp"

namespace hone {

/// Sum of squares of a flat fp32 tensor in fp64; the same bits for any thread count.
double sum_of_squares(const Tensor& values);

}  // namespace hone
