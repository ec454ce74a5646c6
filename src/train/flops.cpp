#include "train/flops.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>

namespace hone {

double step_flops(const ModelConfig& config, std::span<const std::int64_t> lengths, std::int64_t targets) {
  const auto hidden = static_cast<double>(config.hidden_size),
             inner = static_cast<double>(config.intermediate_size);
  const auto q = static_cast<double>(config.num_attention_heads * config.head_dim);
  const auto kv = static_cast<double>(config.num_key_value_heads * config.head_dim);
  const double block_weights = hidden * (q + 2 * kv) + q * hidden + 3 * hidden * inner;
  double tokens = 0, attended = 0;
  for (const std::int64_t length : lengths) {
    tokens += static_cast<double>(length);
    attended += static_cast<double>(length) * static_cast<double>(length + 1) / 2;
  }
  const auto layers = static_cast<double>(config.num_hidden_layers);
  const double forward = layers * (2 * block_weights * tokens + 4 * q * attended) +
                         2 * hidden * static_cast<double>(config.vocab_size) * static_cast<double>(targets);
  return 3 * forward;
}

double measure_matmul_peak() {
  constexpr std::int64_t kSize = 1024;
  const at::Tensor a = at::rand({kSize, kSize}), b = at::rand({kSize, kSize});
  at::Tensor c = at::mm(a, b);
  double best = 0;
  const auto start = std::chrono::steady_clock::now();
  for (auto now = start; now - start < std::chrono::milliseconds(400);) {
    at::mm_out(c, a, b);
    const auto after = std::chrono::steady_clock::now();
    best = std::max(best, 2.0 * kSize * kSize * kSize / std::chrono::duration<double>(after - now).count());
    now = after;
  }
  return best;
}

}  // namespace hone
