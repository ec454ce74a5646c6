#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// Rows of `weight` (vocabulary, hidden) by `ids` (tokens) int64: (tokens, hidden).
Tensor embedding(const Tensor& ids, const Tensor& weight);

/// Adds dy (tokens, hidden) into the rows of `weight_grad` that `ids` name, in an order that a run repeats.
void embedding_backward(const Tensor& dy, const Tensor& ids, const Tensor& weight_grad);

}  // namespace hone::ops
