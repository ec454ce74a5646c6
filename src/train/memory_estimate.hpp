#pragma once

#include <cstdint>

#include "model/causal_lm.hpp"
#include "model/model_config.hpp"
#include "model/weight_table.hpp"
#include "zero/stage.hpp"

namespace hone {

/// Peak bytes of one rank, by what they hold.
struct MemoryEstimate {
  double parameters = 0;   // fp32 masters and resident values
  double optimizer = 0;    // both moments
  double gradients = 0;    // shards or whole
  double working = 0;      // gathered units and gradients under reduction
  double activations = 0;  // of the largest micro-batch
  double libraries = 0;    // LibTorch, MPI and the program itself

  double total() const { return parameters + optimizer + gradients + working + activations + libraries; }
};

/// From shapes alone. `micro_batch_tokens` and `micro_batch_targets` are those of the largest micro-batch of
/// a run.
MemoryEstimate estimate_memory(const ModelConfig& config, const std::vector<UnitSpec>& table,
                               const Sharding& sharding, Activations activations,
                               std::int64_t micro_batch_tokens, std::int64_t micro_batch_targets);

/// The process's peak resident size in bytes so far.
double peak_resident_bytes();

}  // namespace hone
