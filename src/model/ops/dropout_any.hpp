#pragma once

#include <cstdint>

#include "model/segments.hpp"

namespace hone::ops {

/// The ATen expressions behind ops/dropout.hpp, for any device: the same masks and products bit for bit.
Tensor dropout_mask_any(std::int64_t width, double probability, std::uint32_t layer, const Bounds& bounds,
                        const DropoutDraw& draw, const at::Device& device);
Tensor dropout_any(const Tensor& x, const Tensor& mask, double probability);

}  // namespace hone::ops
