#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/ops/attention.hpp"

namespace hone {

/// What the dropout of a training step depends on besides the place of an element: the same for any rank
/// count and micro-batch, and after a resume.
struct DropoutDraw {
  std::uint64_t seed;
  std::int64_t step;
  std::vector<std::int64_t> samples;  // dataset row of each segment
};

/// How the tokens of a padding-free micro-batch divide into samples, each with positions of its own.
struct Segments {
  ops::Bounds bounds;                                 // sample i is tokens [bounds[i], bounds[i + 1])
  Tensor cos;                                         // (tokens, head_dim / 2), compute dtype
  Tensor sin;                                         // (tokens, head_dim / 2)
  std::optional<DropoutDraw> dropout = std::nullopt;  // none outside training
};

}  // namespace hone
