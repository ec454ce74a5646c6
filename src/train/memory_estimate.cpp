#include "train/memory_estimate.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "zero/shard_layout.hpp"

namespace hone {
namespace {

// Resident size of a process that has loaded LibTorch's libraries and run one op: measured, see
// docs/architecture.md.
constexpr double kLibraries = 420e6;

double bytes_of(at::ScalarType type) { return type == at::kBFloat16 ? 2.0 : 4.0; }

// Elements a block keeps for its backward, per token: input, normed input, q/k/v, attention output (twice:
// kernel's and joined), middle, normed middle, gate and up.
double kept_per_token(const ModelConfig& config) {
  const auto hidden = static_cast<double>(config.hidden_size),
             inner = static_cast<double>(config.intermediate_size);
  const auto q = static_cast<double>(config.num_attention_heads * config.head_dim);
  const auto kv = static_cast<double>(config.num_key_value_heads * config.head_dim);
  return 4 * hidden + (q + 2 * kv) + (config.qk_norm ? q + kv : 0) + 2 * q + 2 * inner;
}

}  // namespace

MemoryEstimate estimate_memory(const ModelConfig& config, const std::vector<UnitSpec>& table,
                               const Sharding& sharding, Activations activations,
                               std::int64_t micro_batch_tokens, std::int64_t micro_batch_targets) {
  MemoryEstimate estimate;
  double whole = 0, shard = 0, largest = 0, largest_block = 0;
  for (const UnitSpec& unit : table) {
    const ShardLayout layout(unit, sharding.optimizer() ? sharding.ranks : 1);
    const auto total = static_cast<double>(layout.total());
    whole += total;
    shard += static_cast<double>(layout.shard_size());
    largest = std::max(largest, total);
    if (&unit != &table.front() && &unit != &table.back()) largest_block = std::max(largest_block, total);
  }
  const bool fp32_storage = sharding.storage == at::kFloat;
  estimate.parameters = sharding.parameters() ? shard * 4 : whole * bytes_of(sharding.storage);
  if (!fp32_storage) estimate.parameters += sharding.parameters() ? shard * 2 : shard * 4;
  estimate.optimizer = shard * 8;
  estimate.gradients = sharding.gradients() ? shard * 4 : whole * 4 + (sharding.optimizer() ? shard * 4 : 0);
  const double embedding = static_cast<double>(table.front().weights.front().numel());
  if (sharding.parameters()) {
    // The embedding's buffer, and two blocks: the one in use and the next.
    estimate.working += (embedding + 2 * largest_block) * bytes_of(sharding.storage);
    if (!config.tie_word_embeddings) estimate.working += embedding * bytes_of(sharding.storage);
  }
  if (sharding.storage != sharding.compute) estimate.working += (embedding + largest_block) * 4;
  if (sharding.gradients()) estimate.working += (embedding + 3 * largest_block) * 4;

  const auto tokens = static_cast<double>(micro_batch_tokens);
  const auto hidden = static_cast<double>(config.hidden_size);
  const double kept = kept_per_token(config) * 4;
  const auto layers = static_cast<double>(config.num_hidden_layers);
  estimate.activations = activations == Activations::kKeep ? layers * kept * tokens
                                                           : layers * hidden * 4 * tokens + kept * tokens;
  // Temporaries of one block's backward, and one chunk of logits with its log-probabilities.
  estimate.activations += kept * tokens;
  estimate.activations +=
      2 * 4 * static_cast<double>(std::min<std::int64_t>(256, micro_batch_targets) * config.vocab_size);
  estimate.libraries = kLibraries;
  return estimate;
}

double peak_resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
}

}  // namespace hone
