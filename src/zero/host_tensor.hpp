#pragma once

#include "model/tensor.hpp"

namespace hone {

/// Zeroes, (numel) of what `options` say. Those that lie in host memory beside `device` have whole pages of
/// their own, pinned for copies to and from it where the system allows; where not, a warning says once that
/// copies are slower.
Tensor zeros_beside(std::int64_t numel, const at::TensorOptions& options, const at::Device& device);

}  // namespace hone
