#pragma once

#include <vector>

#include "model/block.hpp"
#include "model/micro_batch.hpp"
#include "model/weight_access.hpp"

namespace hone {

enum class Activations { kKeep, kRecompute };

/// A Qwen2, Qwen3 or Llama-style decoder: the order of its units, forward and backward. Knows no ranks.
class CausalLm {
 public:
  /// `units` are the weight sets of the weight table, in its order. `lora` is null without adapters. Both
  /// must outlive the model.
  CausalLm(const ModelConfig& config, std::vector<WeightSet>& units, const LoraMaths* lora = nullptr);

  /// Sum of the target losses, a scalar in fp64 on the compute device; adds the gradients of scale * loss
  /// into the bound gradients. kRecompute keeps only each block's input and runs its forward again
  /// (activation checkpointing, Chen et al. 2016).
  Tensor forward_backward(const MicroBatch& batch, double scale, Activations activations,
                          WeightAccess& access) const;

  /// Sum of the target losses, no gradient.
  Tensor loss(const MicroBatch& batch, WeightAccess& access) const;

  /// (tokens, vocabulary).
  Tensor logits(const MicroBatch& batch, WeightAccess& access) const;

 private:
  std::int64_t layers() const { return static_cast<std::int64_t>(blocks_.size()); }
  std::int64_t head_unit() const { return layers() + 1; }
  Tensor embed(const MicroBatch& batch, WeightAccess& access) const;
  Tensor hidden(const MicroBatch& batch, WeightAccess& access) const;
  void prefetch_after(std::int64_t block, WeightAccess& access) const;
  void acquire_head(WeightAccess& access) const;
  void release_head(WeightAccess& access) const;

  bool tied_;
  Weight& embedding_;
  std::vector<Block> blocks_;
  Head head_;
};

}  // namespace hone
