#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// Sum over rows of -log softmax(logits)[target], accumulated in fp64. logits: (rows, vocabulary); targets:
/// (rows) int64.
double cross_entropy(const Tensor& logits, const Tensor& targets);

/// The same sum; `logits` is overwritten with its gradient times `scale`, so that no second (rows,
/// vocabulary) tensor lives.
double cross_entropy_backward_(Tensor& logits, const Tensor& targets, double scale);

}  // namespace hone::ops
