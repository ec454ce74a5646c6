#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// Sum over rows of -log softmax(logits)[target], accumulated in fp64: a scalar on the device of
/// the logits, so that nobody waits for it here. logits: (rows, vocabulary); targets: (rows) int64.
Tensor cross_entropy(const Tensor& logits, const Tensor& targets);

/// The same sum; `logits` is overwritten with its gradient times `scale`, so that no second (rows,
/// vocabulary) tensor lives.
Tensor cross_entropy_backward_(Tensor& logits, const Tensor& targets, double scale);

}  // namespace hone::ops
