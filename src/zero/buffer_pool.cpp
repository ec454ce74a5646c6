#include "zero/buffer_pool.hpp"

namespace hone {

Tensor BufferPool::take(std::int64_t numel, at::ScalarType type) {
  std::vector<Tensor>& free = free_[{numel, type}];
  if (free.empty()) return at::empty({numel}, at::TensorOptions(device_).dtype(type));
  Tensor buffer = std::move(free.back());
  free.pop_back();
  return buffer;
}

void BufferPool::give(Tensor buffer) {
  std::vector<Tensor>& free = free_[{buffer.numel(), buffer.scalar_type()}];
  free.push_back(std::move(buffer));
}

}  // namespace hone
