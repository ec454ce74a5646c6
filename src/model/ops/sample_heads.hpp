#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// (tokens, heads, dim) -> (1, heads, length, dim) of one sample, without a copy.
inline Tensor sample(const Tensor& x, std::int64_t begin, std::int64_t length) {
  return x.narrow(0, begin, length).transpose(0, 1).unsqueeze(0);
}

/// Repeats each key/value head for the query heads that share it.
inline Tensor repeat_heads(const Tensor& x, std::int64_t groups) {
  if (groups == 1) return x;
  const std::int64_t heads = x.size(1), length = x.size(2), dim = x.size(3);
  return x.unsqueeze(2).expand({1, heads, groups, length, dim}).reshape({1, heads * groups, length, dim});
}

/// The sum of the gradients of the repeated heads: (1, heads * groups, length, dim) -> (1, heads, length,
/// dim).
inline Tensor sum_heads(const Tensor& x, std::int64_t groups) {
  if (groups == 1) return x;
  return x.unflatten(1, {x.size(1) / groups, groups}).sum(2);
}

}  // namespace hone::ops
