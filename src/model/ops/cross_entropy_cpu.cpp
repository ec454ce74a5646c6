#include "model/ops/cross_entropy_cpu.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/lane_sum.hpp"
#include "base/simd.hpp"
#include "base/vector_exp.hpp"
#include "model/ops/rows_cpu.hpp"

namespace hone::ops {
namespace {

constexpr int kLanes = 16;
constexpr std::int64_t kTile = 1024;  // so many fp32 terms are added up before fp64 takes over

// x becomes exp(x - shift).
HONE_VECTORISED double exponentials(float* x, std::int64_t size, float shift) {
  double sum = 0;
  for (std::int64_t begin = 0; begin < size; begin += kTile) {
    float* const tile = x + begin;
    const std::int64_t count = std::min(kTile, size - begin);
#pragma omp simd
    for (std::int64_t i = 0; i < count; ++i) tile[i] = expf(tile[i] - shift);
    sum += static_cast<double>(lane_sum<kLanes>(count, [=](std::int64_t i) { return tile[i]; }));
  }
  return sum;
}

}  // namespace

double cross_entropy_backward_cpu_(Tensor& logits, const Tensor& targets, double scale) {
  const std::int64_t rows = logits.size(0), vocabulary = logits.size(1);
  float* const data = logits.mutable_data_ptr<float>();
  const std::int64_t* const target = targets.const_data_ptr<std::int64_t>();
  std::vector<double> losses(static_cast<std::size_t>(rows));
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      float* const x = data + row * vocabulary;
      const float shift = largest(x, vocabulary);
      const double of_target = static_cast<double>(x[target[row]] - shift);
      const double sum = exponentials(x, vocabulary, shift);
      losses[static_cast<std::size_t>(row)] = std::log(sum) - of_target;
      scale_row(x, vocabulary, static_cast<float>(scale / sum));
      x[target[row]] -= static_cast<float>(scale);
    }
  });
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

}  // namespace hone::ops
