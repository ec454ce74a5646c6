#pragma once

#include "model/ops/attention.hpp"

namespace hone {

/// How the tokens of a padding-free micro-batch divide into samples, each with positions of its own.
struct Segments {
  ops::Bounds bounds;  // sample i is tokens [bounds[i], bounds[i + 1])
  Tensor cos;          // (tokens, head_dim / 2), compute dtype
  Tensor sin;          // (tokens, head_dim / 2)
};

}  // namespace hone
