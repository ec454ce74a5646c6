#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// cross_entropy_backward_ for contiguous fp32 logits on the CPU: a row stays in the cache, and no second
/// (rows, vocabulary) tensor is made.
double cross_entropy_backward_cpu_(Tensor& logits, const Tensor& targets, double scale);

}  // namespace hone::ops
