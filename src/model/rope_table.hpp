#pragma once

#include <cstdint>

#include "model/model_config.hpp"
#include "model/segments.hpp"

namespace hone {

/// cos and sin of every position up to a length, computed once in fp32 as transformers does.
class RopeTable {
 public:
  /// Positions 0 .. length - 1, kept in `type` on `device`.
  RopeTable(const ModelConfig& config, std::int64_t length, at::ScalarType type, at::Device device);

  /// The rows for samples laid end to end; each starts at position 0. Lengths beyond the table are a mistake
  /// of the caller.
  Segments segments(ops::Bounds bounds) const;

  at::Device device() const { return cos_.device(); }

 private:
  Tensor cos_, sin_;  // (length, head_dim / 2)
};

}  // namespace hone
