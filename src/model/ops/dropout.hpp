#pragma once

#include <cstdint>

#include "model/segments.hpp"

namespace hone::ops {

/// Inverted dropout (Srivastava et al. 2014) whose mask is drawn from the place of each element: seed, step,
/// layer, sample, position in the sample, column. x: (tokens, width) -> the same shape; each element zero
/// with `probability` (in steps of 1/65536), else divided by what is left of it. Linear in x, so it is its
/// own backward.
Tensor dropout(const Tensor& x, double probability, std::uint32_t layer, const Bounds& bounds,
               const DropoutDraw& draw);

}  // namespace hone::ops
