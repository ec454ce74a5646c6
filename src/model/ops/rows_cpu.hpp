#pragma once

#include <cstdint>

namespace hone::ops {

/// Loops over one row of fp32 values on the CPU, for the kernels that go row by row. `size` >= 1 where a
/// largest value is asked for.

float largest(const float* x, std::int64_t size);

/// The sum of products, over 16 partial sums.
float dot(const float* x, const float* y, std::int64_t size);

void scale_row(float* x, std::int64_t size, float factor);

}  // namespace hone::ops
