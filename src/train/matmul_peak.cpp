#include "train/matmul_peak.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>

#include "comm/cuda_device.hpp"
#include "model/ops/linear_cpu.hpp"

namespace hone {

double measure_matmul_peak(const Sharding& sharding) {
  const bool device = !sharding.device.is_cpu();
  // A GPU is wider, and waiting for it takes longer.
  const std::int64_t size = device ? 4096 : 1024, products = device ? 16 : 1;
  const at::TensorOptions options = at::TensorOptions(sharding.device).dtype(sharding.compute);
  const at::Tensor a = at::rand({size, size}, options), b = at::rand({size, size}, options);
  at::Tensor c = at::mm(a, b);
  const auto product = [&] {  // by what the layers' own products use
    if (ops::has_linear_cpu(a)) {
      c = ops::linear_cpu(a, b, {});
    } else {
      at::mm_out(c, a, b);
    }
  };
  if (device) synchronize_cuda_device();
  const double operations = 2.0 * static_cast<double>(products) * static_cast<double>(size) *
                            static_cast<double>(size) * static_cast<double>(size);
  double best = 0;
  const auto start = std::chrono::steady_clock::now();
  for (auto now = start; now - start < std::chrono::milliseconds(400);) {
    for (std::int64_t i = 0; i < products; ++i) product();
    if (device) synchronize_cuda_device();
    const auto after = std::chrono::steady_clock::now();
    best = std::max(best, operations / std::chrono::duration<double>(after - now).count());
    now = after;
  }
  return best;
}

}  // namespace hone
