#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "model/tensor.hpp"

namespace hone {

/// Flat buffers for gathered values and gradients, used again block after block: fresh host memory costs a
/// page fault per 4 KiB, as much time as the gather itself.
class BufferPool {
 public:
  /// (numel) of `type`, contents unspecified.
  Tensor take(std::int64_t numel, at::ScalarType type);
  void give(Tensor buffer);

 private:
  std::map<std::pair<std::int64_t, at::ScalarType>, std::vector<Tensor>> free_;
};

}  // namespace hone
