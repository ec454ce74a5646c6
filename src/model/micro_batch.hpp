#pragma once

#include "model/head.hpp"
#include "model/segments.hpp"

namespace hone {

/// What one forward and backward sees: samples laid end to end, nothing padded. May be empty (a rank without
/// rows).
struct MicroBatch {
  Tensor ids;  // (tokens) int64
  Segments segments;
  Targets targets;
};

}  // namespace hone
