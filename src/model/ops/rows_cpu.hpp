#pragma once

#include <cstdint>

namespace hone::ops {

/// Loops over one row of fp32 values on the CPU, for the kernels that go row by row. `size` >= 1 where a
/// largest value is asked for.

float largest(const float* x, std::int64_t size);

/// Partial sums of a sum over a row.
inline constexpr int kRowLanes = 16;

/// The sum of products.
float dot(const float* x, const float* y, std::int64_t size);

void scale_row(float* x, std::int64_t size, float factor);

}  // namespace hone::ops
