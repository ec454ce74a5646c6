#pragma once

#include "model/tensor.hpp"

namespace hone {

/// A host tensor on `device`; the host doesn't wait for the copy, for which it goes through pinned memory.
inline Tensor to_device(const Tensor& host, const at::Device& device) {
  if (device.is_cpu()) return host;
  return host.pin_memory().to(device, host.scalar_type(), /*non_blocking=*/true);
}

}  // namespace hone
