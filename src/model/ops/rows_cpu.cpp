#include "model/ops/rows_cpu.hpp"

#include <algorithm>

#include "base/lane_sum.hpp"
#include "base/simd.hpp"

namespace hone::ops {

HONE_VECTORISED float largest(const float* x, std::int64_t size) {
  float result = x[0];
#pragma omp simd reduction(max : result)
  for (std::int64_t i = 0; i < size; ++i) result = std::max(result, x[i]);
  return result;
}

HONE_VECTORISED float dot(const float* x, const float* y, std::int64_t size) {
  return lane_sum<kRowLanes>(size, [=](std::int64_t i) { return x[i] * y[i]; });
}

HONE_VECTORISED void scale_row(float* x, std::int64_t size, float factor) {
  for (std::int64_t i = 0; i < size; ++i) x[i] *= factor;
}

}  // namespace hone::ops
