#include "zero/sum_of_squares.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "base/lane_sum.hpp"
#include "base/simd.hpp"

namespace hone {
namespace {

constexpr std::int64_t kBlock = 4096;  // short enough for fp32 partial sums
constexpr int kLanes = 16;

HONE_VECTORISED float block_sum(const float* x, std::int64_t count) {
  return lane_sum<kLanes>(count, [=](std::int64_t i) { return x[i] * x[i]; });
}

}  // namespace

double sum_of_squares(const Tensor& values) {
  const std::int64_t count = values.numel(), blocks = (count + kBlock - 1) / kBlock;
  const float* data = values.const_data_ptr<float>();
  std::vector<float> sums(static_cast<std::size_t>(blocks));
  at::parallel_for(0, blocks, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      sums[static_cast<std::size_t>(b)] = block_sum(data + b * kBlock, std::min(kBlock, count - b * kBlock));
    }
  });
  double total = 0;
  for (const float sum : sums) total += static_cast<double>(sum);
  return total;
}

Tensor sum_of_squares_any(const std::vector<Tensor>& values) {
  return at::stack(at::_foreach_norm(values)).to(at::kDouble).square().sum();
}

}  // namespace hone
