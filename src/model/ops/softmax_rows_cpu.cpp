#include "model/ops/softmax_rows_cpu.hpp"

#include <algorithm>
#include <cmath>

#include "base/lane_sum.hpp"
#include "base/simd.hpp"
#include "base/vector_exp.hpp"
#include "model/ops/rows_cpu.hpp"

namespace hone::ops {
namespace {

constexpr int kLanes = 16;

HONE_VECTORISED float exponentials(float* x, std::int64_t size, float scale, float shift) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) x[i] = expf(x[i] * scale - shift);
  return lane_sum<kLanes>(size, [=](std::int64_t i) { return x[i]; });
}

HONE_VECTORISED void weights_and_gradients(float* x, float* dx, std::int64_t size, float scale,
                                           float logsumexp, float projection) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) {
    const float weight = expf(x[i] * scale - logsumexp);
    x[i] = weight;
    dx[i] = weight * (dx[i] - projection) * scale;
  }
}

}  // namespace

float RunningSoftmax::logsumexp() const { return largest + std::log(sum); }

float extend_softmax(RunningSoftmax& softmax, float* x, std::int64_t seen, std::int64_t size, float scale) {
  const float before = softmax.largest;
  softmax.largest = std::max(before, largest(x, seen) * scale);
  const float factor = std::exp(before - softmax.largest);
  softmax.sum = softmax.sum * factor + exponentials(x, seen, scale, softmax.largest);
  std::fill(x + seen, x + size, 0.0F);
  return factor;
}

void softmax_backward_row(float* x, float* dx, std::int64_t seen, std::int64_t size, float scale,
                          float logsumexp, float projection) {
  weights_and_gradients(x, dx, seen, scale, logsumexp, projection);
  std::fill(x + seen, x + size, 0.0F);
  std::fill(dx + seen, dx + size, 0.0F);
}

}  // namespace hone::ops
