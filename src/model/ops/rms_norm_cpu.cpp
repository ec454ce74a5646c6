#include "model/ops/rms_norm_cpu.hpp"

#include <ATen/Parallel.h>

#include <cmath>

#include "base/lane_sum.hpp"
#include "base/simd.hpp"
#include "model/ops/rows_cpu.hpp"

namespace hone::ops {
namespace {

constexpr std::int64_t kRowsPerTask = 16;

HONE_VECTORISED void normalise_row(const float* x, const float* weight, float scale, std::int64_t size,
                                   float* y) {
  for (std::int64_t i = 0; i < size; ++i) y[i] = x[i] * scale * weight[i];
}

HONE_VECTORISED float weighted_dot(const float* dy, const float* x, const float* weight, std::int64_t size) {
  return lane_sum<kRowLanes>(size, [=](std::int64_t i) { return dy[i] * weight[i] * x[i]; });
}

HONE_VECTORISED void backward_row(const float* dy, const float* x, const float* weight, float scale,
                                  float projection, std::int64_t size, float* dx) {
  for (std::int64_t i = 0; i < size; ++i) dx[i] = scale * (dy[i] * weight[i] - projection * x[i]);
}

HONE_VECTORISED void add_weight_gradient(const float* dy, const float* x, float scale, std::int64_t size,
                                         float* sum) {
  for (std::int64_t i = 0; i < size; ++i) sum[i] += dy[i] * x[i] * scale;
}

}  // namespace

Tensor rms_norm_cpu(const Tensor& x, const Tensor& weight, double eps, Tensor& inverse_rms) {
  const std::int64_t rows = x.size(0), size = x.size(1);
  Tensor y = at::empty_like(x);
  inverse_rms = at::empty({rows}, x.options());
  const float* in = x.const_data_ptr<float>();
  const float* w = weight.const_data_ptr<float>();
  float* out = y.mutable_data_ptr<float>();
  float* inverse = inverse_rms.mutable_data_ptr<float>();
  at::parallel_for(0, rows, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* line = in + row * size;
      const float mean = dot(line, line, size) / static_cast<float>(size);
      inverse[row] = 1.0F / std::sqrt(mean + static_cast<float>(eps));
      normalise_row(line, w, inverse[row], size, out + row * size);
    }
  });
  return y;
}

Tensor rms_norm_backward_cpu(const Tensor& dy, const Tensor& x, const Tensor& weight,
                             const Tensor& inverse_rms, const Tensor& weight_grad) {
  const std::int64_t rows = x.size(0), size = x.size(1);
  Tensor dx = at::empty_like(x);
  const float* upstream = dy.const_data_ptr<float>();
  const float* in = x.const_data_ptr<float>();
  const float* w = weight.const_data_ptr<float>();
  const float* inverse = inverse_rms.const_data_ptr<float>();
  float* out = dx.mutable_data_ptr<float>();
  at::parallel_for(0, rows, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* g = upstream + row * size;
      const float* line = in + row * size;
      const float r = inverse[row];
      const float projection = weighted_dot(g, line, w, size) * r * r / static_cast<float>(size);
      backward_row(g, line, w, r, projection, size, out + row * size);
    }
  });
  if (weight_grad.defined()) {
    // One thread, rows in order: the sum must not depend on the thread count.
    float* sum = weight_grad.mutable_data_ptr<float>();
    for (std::int64_t row = 0; row < rows; ++row) {
      add_weight_gradient(upstream + row * size, in + row * size, inverse[row], size, sum);
    }
  }
  return dx;
}

}  // namespace hone::ops
