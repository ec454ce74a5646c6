#include "model/ops/rope.hpp"

#include <ATen/Parallel.h>

#include "base/simd.hpp"

namespace hone::ops {
namespace {

constexpr std::int64_t kTokensPerTask = 16;

HONE_VECTORISED void rotate(float* head, const float* cos, const float* sin, float sign, std::int64_t half) {
  float* low = head;
  float* high = head + half;
  for (std::int64_t i = 0; i < half; ++i) {
    const float a = low[i], b = high[i], s = sign * sin[i];
    low[i] = a * cos[i] - b * s;
    high[i] = b * cos[i] + a * s;
  }
}

void rotate_cpu(const Tensor& x, const Tensor& cos, const Tensor& sin, float sign) {
  const std::int64_t heads = x.size(1), half = x.size(2) / 2, token_stride = x.stride(0),
                     head_stride = x.stride(1);
  float* data = x.mutable_data_ptr<float>();
  const float* c = cos.const_data_ptr<float>();
  const float* s = sin.const_data_ptr<float>();
  at::parallel_for(0, x.size(0), kTokensPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t token = begin; token < end; ++token) {
      for (std::int64_t head = 0; head < heads; ++head) {
        rotate(data + token * token_stride + head * head_stride, c + token * half, s + token * half, sign,
               half);
      }
    }
  });
}

void rotate_any(const Tensor& x, const Tensor& cos, const Tensor& sin, float sign) {
  if (has_cpu_kernel(x)) return rotate_cpu(x, cos, sin, sign);
  const std::int64_t half = x.size(2) / 2;
  // Wider cos and sin make the rotation of 16-bit values one in fp32, rounded once.
  const Tensor c = cos.unsqueeze(1), s = sin.unsqueeze(1) * sign;
  const Tensor low = x.narrow(2, 0, half), high = x.narrow(2, half, half);
  const Tensor rotated_low = low * c - high * s, rotated_high = high * c + low * s;
  low.copy_(rotated_low);
  high.copy_(rotated_high);
}

}  // namespace

void rope_(const Tensor& x, const Tensor& cos, const Tensor& sin) { rotate_any(x, cos, sin, 1.0F); }

void rope_backward_(const Tensor& dy, const Tensor& cos, const Tensor& sin) {
  rotate_any(dy, cos, sin, -1.0F);
}

}  // namespace hone::ops
