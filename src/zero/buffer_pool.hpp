#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "model/tensor.hpp"

namespace hone {

/// Flat buffers for gathered values and gradients, used again block after block: fresh host memory costs a
/// page fault per 4 KiB, as much time as the gather itself. On a device a buffer may be taken again while
/// kernels issued before still use it: whatever is issued later, collectives too, runs after them.
class BufferPool {
 public:
  explicit BufferPool(const at::Device& device) : device_(device) {}

  /// (numel) of `type`, contents unspecified.
  Tensor take(std::int64_t numel, at::ScalarType type);
  void give(Tensor buffer);
  const at::Device& device() const { return device_; }

 private:
  at::Device device_;
  std::map<std::pair<std::int64_t, at::ScalarType>, std::vector<Tensor>> free_;
};

}  // namespace hone
