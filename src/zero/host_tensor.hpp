#pragma once

#include "model/tensor.hpp"

namespace hone {

/// Zeroes, (numel) of `type`, in host memory. Beside a device they have whole pages of their own, pinned for
/// copies to and from it where the system allows; where not, a warning says once that copies are slower.
Tensor host_zeros(std::int64_t numel, at::ScalarType type, const at::Device& device);

}  // namespace hone
