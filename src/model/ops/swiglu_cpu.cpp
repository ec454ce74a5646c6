#include "model/ops/swiglu_cpu.hpp"

#include <ATen/Parallel.h>

#include "base/simd.hpp"
#include "base/vector_exp.hpp"

namespace hone::ops {
namespace {

constexpr std::int64_t kRowsPerTask = 8;

HONE_VECTORISED void forward_row(const float* gate, const float* up, std::int64_t size, float* y) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) y[i] = gate[i] / (1.0F + expf(-gate[i])) * up[i];
}

HONE_VECTORISED void backward_row(const float* dy, const float* gate, const float* up, std::int64_t size,
                                  float* d_gate, float* d_up) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) {
    const float sigmoid = 1.0F / (1.0F + expf(-gate[i]));
    d_up[i] = dy[i] * gate[i] * sigmoid;
    d_gate[i] = dy[i] * up[i] * sigmoid * (1.0F + gate[i] * (1.0F - sigmoid));
  }
}

}  // namespace

Tensor swiglu_cpu(const Tensor& gate_up) {
  const std::int64_t rows = gate_up.size(0), size = gate_up.size(1) / 2;
  Tensor y = at::empty({rows, size}, gate_up.options());
  const float* const in = gate_up.const_data_ptr<float>();
  float* const out = y.mutable_data_ptr<float>();
  at::parallel_for(0, rows, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* const gate = in + row * 2 * size;
      forward_row(gate, gate + size, size, out + row * size);
    }
  });
  return y;
}

Tensor swiglu_backward_cpu(const Tensor& dy, const Tensor& gate_up) {
  const std::int64_t rows = gate_up.size(0), size = gate_up.size(1) / 2;
  Tensor result = at::empty_like(gate_up);
  const float* const upstream = dy.const_data_ptr<float>();
  const float* const in = gate_up.const_data_ptr<float>();
  float* const out = result.mutable_data_ptr<float>();
  at::parallel_for(0, rows, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const float* const gate = in + row * 2 * size;
      float* const d_gate = out + row * 2 * size;
      backward_row(upstream + row * size, gate, gate + size, size, d_gate, d_gate + size);
    }
  });
  return result;
}

}  // namespace hone::ops
