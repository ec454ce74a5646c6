#pragma once

#include <cstdint>

#include "model/segments.hpp"

namespace hone::ops {

/// The elements of a (tokens, width) tensor that inverted dropout (Srivastava et al. 2014) keeps, drawn from
/// the place of each: seed, step, layer, sample, position in the sample, column; each is dropped with
/// `probability` (in steps of 1/65536). Result: (tokens, 8 ceil(width / 64)) uint8, a bit an element: column
/// c has bit c / 8 % 8 of byte c / 64 * 8 + c % 8. The same bits on any device.
Tensor dropout_mask(std::int64_t width, double probability, std::uint32_t layer, const Bounds& bounds,
                    const DropoutDraw& draw, const at::Device& device = at::kCPU);

/// x (tokens, width) divided by the share that is kept where `mask` keeps it, else zero. Linear in x, so it
/// is its own backward.
Tensor dropout(const Tensor& x, const Tensor& mask, double probability);

}  // namespace hone::ops
