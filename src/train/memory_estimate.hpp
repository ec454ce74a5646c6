#pragma once

#include <cstdint>
#include <span>

#include "model/causal_lm.hpp"
#include "model/model_config.hpp"
#include "model/weight_table.hpp"
#include "zero/stage.hpp"

namespace hone {

/// Peak bytes of one rank where it computes, by what they hold.
struct MemoryEstimate {
  double parameters = 0;   // fp32 masters and resident values
  double optimizer = 0;    // both moments
  double gradients = 0;    // shards or whole
  double working = 0;      // units gathered or restored from 4 bits, gradients under reduction
  double activations = 0;  // of the largest micro-batch, trained or evaluated
  double libraries = 0;    // LibTorch, MPI and the program itself; on a device none of its allocator's
  double offloaded = 0;    // in host memory beside a device; no part of the total

  double total() const { return parameters + optimizer + gradients + working + activations + libraries; }
};

struct MicroBatchSize {
  std::int64_t tokens = 0;
  std::int64_t targets = 0;
};

/// The heaviest micro-batch that any plan can hold, `rows` rows or packs: the longest rows together, or packs
/// of `pack_capacity` tokens where that is not 0.
MicroBatchSize heaviest_micro_batch(std::span<const std::uint32_t> lengths,
                                    std::span<const std::uint32_t> target_counts, std::int64_t rows,
                                    std::int64_t pack_capacity);

/// From shapes and roles alone. `training` and `evaluation` are the largest micro-batches of a run.
MemoryEstimate estimate_memory(const ModelConfig& config, const std::vector<UnitSpec>& table,
                               const Sharding& sharding, Activations activations,
                               const MicroBatchSize& training, const MicroBatchSize& evaluation = {});

/// This rank's peak so far in bytes: the process's resident size, on a device what its allocator gave out.
double peak_bytes(const at::Device& device);

}  // namespace hone
