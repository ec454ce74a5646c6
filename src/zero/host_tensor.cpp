#include "zero/host_tensor.hpp"

#include <atomic>
#include <memory>

#include "base/log.hpp"
#include "base/resident_memory.hpp"
#include "comm/cuda_device.hpp"

namespace hone {
namespace {

// Pages of a heap are shared with other tensors, and no page can be pinned twice.
struct PinnedPages {
  explicit PinnedPages(std::int64_t bytes)
      : memory(static_cast<std::size_t>(bytes)), pinned(memory.data(), bytes) {}

  ResidentMemory memory;
  PinnedMemory pinned;  // goes before the memory
};

}  // namespace

Tensor zeros_beside(std::int64_t numel, const at::TensorOptions& options, const at::Device& device) {
  if (device.is_cpu() || !options.device().is_cpu() || numel == 0) return at::zeros({numel}, options);
  const auto pages =
      std::make_shared<PinnedPages>(numel * static_cast<std::int64_t>(options.dtype().itemsize()));
  static std::atomic<bool> warned = false;
  if (!pages->pinned.holds() && !warned.exchange(true)) {
    log::warn(
        "host memory can't be pinned (is there a limit of locked memory?): copies to the device are slower");
  }
  return at::from_blob(
      pages->memory.data(), {numel}, [pages](void*) {}, options);
}

}  // namespace hone
