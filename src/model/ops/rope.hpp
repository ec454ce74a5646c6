#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// Rotary position embedding (Su et al. 2021), halves rotated as in transformers' rotate_half.
/// x: (tokens, heads, head_dim), last dimension contiguous, rotated in place; cos, sin: (tokens, head_dim /
/// 2).
void rope_(const Tensor& x, const Tensor& cos, const Tensor& sin);

/// The gradient: the inverse rotation, in place on dy.
void rope_backward_(const Tensor& dy, const Tensor& cos, const Tensor& sin);

}  // namespace hone::ops
