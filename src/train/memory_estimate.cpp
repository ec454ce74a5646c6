#include "train/memory_estimate.hpp"

#include <c10/core/CachingDeviceAllocator.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/host_memory.hpp"
#include "zero/group_layout.hpp"
#include "zero/restore_weights.hpp"
#include "zero/shard_layout.hpp"

namespace hone {
namespace {

// Resident size of a process that has loaded LibTorch's libraries and run one op: measured, see
// docs/architecture.md.
constexpr double kLibraries = 580e6;

double bytes_of(at::ScalarType type) { return static_cast<double>(c10::elementSize(type)); }

/// What the weights of one unit take on a rank, in bytes.
struct UnitMemory {
  double parameters = 0, optimizer = 0, gradients = 0;  // resident
  double gathered = 0;                                  // values of one use, as they travel
  double packed = 0;                                    // the same of 4-bit weights
  double computed =
      0;  // values of one use as layers see them, where they aren't what is resident or gathered
  double gradient = 0;   // of one backward, until it is reduced
  double reduced = 0;    // where this rank's share of that arrives
  double offloaded = 0;  // in host memory beside a device
};

/// Where what a rank keeps is counted: on the host it is no part of a device's memory.
double& kept(UnitMemory& memory, double UnitMemory::* where, const Sharding& sharding, bool on_host) {
  return on_host && !sharding.device.is_cpu() ? memory.offloaded : memory.*where;
}

void add_values(UnitMemory& memory, const ShardLayout& layout, const Sharding& sharding) {
  const auto total = static_cast<double>(layout.total());
  kept(memory, &UnitMemory::parameters, sharding, sharding.host_parameters) +=
      (sharding.gathered() ? static_cast<double>(layout.shard_size()) : total) * bytes_of(sharding.storage);
  if (sharding.gathered()) memory.gathered += total * bytes_of(sharding.storage);
  if (sharding.storage != sharding.compute) memory.computed += total * bytes_of(sharding.compute);
}

void add_training(UnitMemory& memory, const ShardLayout& layout, const Sharding& sharding) {
  const double total = static_cast<double>(layout.total()) * sizeof(float),
               shard = static_cast<double>(layout.shard_size()) * sizeof(float);
  const bool on_host = sharding.host_optimizer;
  if (sharding.storage != at::kFloat || on_host != sharding.host_parameters)
    kept(memory, &UnitMemory::parameters, sharding, on_host) += shard;  // the masters
  if (on_host) kept(memory, &UnitMemory::gradients, sharding, on_host) += shard;
  kept(memory, &UnitMemory::optimizer, sharding, on_host) += 2 * shard;
  if (sharding.gradients()) {
    memory.gradients += shard;
    memory.gradient += total;
    memory.reduced += shard;
  } else {
    memory.gradients += total + (sharding.optimizer() ? shard : 0);
  }
}

UnitMemory memory_of(const UnitSpec& unit, const Sharding& sharding) {
  UnitMemory memory;
  if (const UnitSpec trained = with_role(unit, WeightRole::kTrained); !trained.weights.empty()) {
    const ShardLayout layout(trained, sharding.optimizer() ? sharding.ranks : 1);
    add_values(memory, layout, sharding);
    add_training(memory, layout, sharding);
  }
  if (const UnitSpec frozen = with_role(unit, WeightRole::kFrozen); !frozen.weights.empty()) {
    add_values(memory, ShardLayout(frozen, sharding.parameters() ? sharding.ranks : 1), sharding);
  }
  if (const UnitSpec quantised = with_role(unit, WeightRole::kQuantised); !quantised.weights.empty()) {
    const GroupLayout layout(quantised, sharding.ranks);
    const auto shard = static_cast<double>(layout.shard_bytes()), whole = shard * sharding.ranks;
    kept(memory, &UnitMemory::parameters, sharding, sharding.host_parameters) +=
        sharding.gathered() ? shard : whole;
    if (sharding.gathered()) memory.packed += whole;
    memory.computed += static_cast<double>(ShardLayout(quantised, 1).total()) * bytes_of(sharding.compute);
  }
  return memory;
}

// Elements a block keeps for its backward, per token: input, normed input, q/k/v, attention output, middle,
// normed middle, gate and up, and the low-rank side of every adapter.
double kept_per_token(const ModelConfig& config, const UnitSpec& block) {
  const auto hidden = static_cast<double>(config.hidden_size),
             inner = static_cast<double>(config.intermediate_size);
  const auto q = static_cast<double>(config.num_attention_heads * config.head_dim);
  const auto kv = static_cast<double>(config.num_key_value_heads * config.head_dim);
  double low_rank = 0;
  for (const WeightSpec& weight : block.weights) {
    if (weight.key.ends_with("_lora_A")) low_rank += static_cast<double>(weight.shape[0]);
  }
  return 4 * hidden + (q + 2 * kv) + (config.qk_norm ? q + kv : 0) + q + 2 * inner + low_rank;
}

// ATen's log-softmax of bf16 goes through an fp32 copy; from fp16 and fp32 it is one kernel.
double bytes_of_logit(at::ScalarType compute) {
  const auto wide = static_cast<double>(sizeof(float));
  return bytes_of(compute) + (compute == at::kBFloat16 ? 2 * wide : wide);
}

// One chunk of logits with its log-probabilities.
double logits_of(const ModelConfig& config, const Sharding& sharding, std::int64_t targets) {
  const std::int64_t rows = std::min(logit_rows(sharding.device, config.vocab_size), targets);
  return bytes_of_logit(sharding.compute) * static_cast<double>(rows * config.vocab_size);
}

double trained_activations(const ModelConfig& config, const UnitSpec& block, const Sharding& sharding,
                           Activations activations, const MicroBatchSize& batch) {
  const double element = bytes_of(sharding.compute), tokens = static_cast<double>(batch.tokens),
               kept = kept_per_token(config, block) * element * tokens,
               input = static_cast<double>(config.hidden_size) * element * tokens;
  const auto layers = static_cast<double>(config.num_hidden_layers);
  const double saved = activations == Activations::kKeep ? layers * kept : layers * input + kept;
  return saved + kept + logits_of(config, sharding, batch.targets);  // with one backward's temporaries
}

// One block's forward keeps what its backward would need, until the next one.
double evaluated_activations(const ModelConfig& config, const UnitSpec& block, const Sharding& sharding,
                             const MicroBatchSize& batch) {
  const double per_token = kept_per_token(config, block) + static_cast<double>(config.hidden_size);
  return per_token * bytes_of(sharding.compute) * static_cast<double>(batch.tokens) +
         logits_of(config, sharding, batch.targets);
}

// Beside the largest weight of a kind: products of 16-bit values are made before they are added to fp32
// gradients, and a device restores four-bit weights by way of wider ones.
double largest_temporary(const std::vector<UnitSpec>& table, const Sharding& sharding) {
  double largest = 0;
  for (const UnitSpec& unit : table) {
    for (const WeightSpec& weight : unit.weights) {
      if (weight.role == WeightRole::kTrained && sharding.compute != at::kFloat)
        largest = std::max(largest, static_cast<double>(weight.numel()) * bytes_of(sharding.compute));
      if (weight.role != WeightRole::kQuantised || sharding.device.is_cpu()) continue;
      for (const WeightPart& part : weight.parts)
        largest = std::max(largest, static_cast<double>(restore_workspace(part.numel())));
    }
  }
  return largest;
}

std::int64_t sum_of_largest(std::span<const std::uint32_t> counts, std::int64_t count) {
  std::vector<std::int64_t> sorted(counts.begin(), counts.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  sorted.resize(static_cast<std::size_t>(std::min(count, static_cast<std::int64_t>(sorted.size()))));
  return std::accumulate(sorted.begin(), sorted.end(), std::int64_t{0});
}

}  // namespace

MicroBatchSize heaviest_micro_batch(std::span<const std::uint32_t> lengths,
                                    std::span<const std::uint32_t> target_counts, std::int64_t rows,
                                    std::int64_t pack_capacity) {
  if (pack_capacity > 0) {
    const std::int64_t tokens = rows * std::max(pack_capacity, sum_of_largest(lengths, 1));
    return {tokens, tokens};
  }
  return {sum_of_largest(lengths, rows), sum_of_largest(target_counts, rows)};
}

MemoryEstimate estimate_memory(const ModelConfig& config, const std::vector<UnitSpec>& table,
                               const Sharding& sharding, Activations activations,
                               const MicroBatchSize& training, const MicroBatchSize& evaluation) {
  MemoryEstimate estimate;
  for (const UnitSpec& unit : table) {
    const UnitMemory memory = memory_of(unit, sharding);
    estimate.parameters += memory.parameters;
    estimate.optimizer += memory.optimizer;
    estimate.gradients += memory.gradients;
    estimate.offloaded += memory.offloaded;
  }
  // Buffers are pooled and never freed: embedding and head have their own, blocks share theirs. Of gathered
  // values two blocks are there at once, the one in use and the next; of gradients three, since two may still
  // be under reduction. Packed weights go as soon as they are restored.
  const UnitMemory block = memory_of(table.at(1), sharding);
  estimate.working =
      2 * block.gathered + block.packed + block.computed + 3 * (block.gradient + block.reduced);
  for (const UnitSpec* const unit : {&table.front(), &table.back()}) {
    const UnitMemory memory = memory_of(*unit, sharding);
    estimate.working += memory.gathered + memory.computed + memory.gradient + memory.reduced;
  }
  estimate.working += largest_temporary(table, sharding);

  estimate.activations = std::max(trained_activations(config, table.at(1), sharding, activations, training),
                                  evaluated_activations(config, table.at(1), sharding, evaluation));
  if (sharding.device.is_cpu()) estimate.libraries = kLibraries;
  return estimate;
}

double peak_bytes(const at::Device& device) {
  if (!device.is_cpu()) {
    const auto stats = at::getDeviceAllocator(device.type())->getDeviceStats(device.index());
    return static_cast<double>(
        stats.allocated_bytes[static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE)].peak);
  }
  return static_cast<double>(peak_resident_bytes());
}

}  // namespace hone
