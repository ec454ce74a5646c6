#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "dataset/packing.hpp"

namespace hone {

/// Rows of one micro-batch of one rank; without packing every pack is one row. May be empty.
struct MicroBatchPlan {
  std::vector<Pack> rows;
};

/// One optimizer step, the same on every rank that asks.
struct StepPlan {
  std::int64_t target_count = 0;  // of the whole step: what losses are divided by
  std::int64_t token_count = 0;
  double epoch = 0;  // epochs done after this step
  std::vector<std::vector<MicroBatchPlan>>
      by_rank;  // [rank][micro-batch]; every rank has the same number of them
};

/// Plans batches from lengths and target counts alone. The order of an epoch is a function of seed and epoch;
/// a step takes the next G packs of it, G = ranks x per_device_batch x accumulation, and the last step of an
/// epoch what is left: no row is dropped or repeated, no step crosses an epoch, and the rows of a step don't
/// depend on the rank count at equal G. Inside a step packs are dealt to ranks by token load, longest first
/// (Graham 1969).
class StepPlanner {
 public:
  struct Options {
    std::int64_t ranks = 1;
    std::int64_t per_device_batch = 1;
    std::int64_t accumulation = 1;
    std::uint64_t seed = 42;
    std::int64_t pack_capacity = 0;  // tokens; 0: no packing
  };

  /// The spans must outlive the planner.
  StepPlanner(std::span<const std::uint32_t> lengths, std::span<const std::uint32_t> target_counts,
              const Options& options);

  std::int64_t global_batch() const {
    return options_.ranks * options_.per_device_batch * options_.accumulation;
  }
  /// ceil(packs / G). Without packing the same in every epoch.
  std::int64_t steps_in_epoch(std::int64_t epoch) const;
  /// Steps of `epochs` epochs, a fraction of the last one rounded up.
  std::int64_t steps_for(double epochs) const;
  /// Step `step` of the run, from 0.
  StepPlan plan(std::int64_t step) const;
  /// Lengths of every row of a plan.
  std::vector<std::int64_t> lengths_of(const StepPlan& plan) const;

 private:
  void order_epoch(std::int64_t epoch) const;
  std::int64_t packs_in(std::int64_t epoch) const;
  std::vector<Pack> packs_of(std::int64_t epoch, std::int64_t begin, std::int64_t end) const;
  std::int64_t tokens_of(const Pack& pack) const;
  std::vector<std::vector<MicroBatchPlan>> deal(std::vector<Pack> packs) const;

  std::span<const std::uint32_t> lengths_, target_counts_;
  Options options_;
  mutable std::int64_t cached_epoch_ = -1;
  mutable std::vector<std::int64_t>
      cached_order_;                        // without packing: flat, as there may be many millions of rows
  mutable std::vector<Pack> cached_packs_;  // with packing
  mutable std::map<std::int64_t, std::int64_t> packed_steps_;  // steps of epochs that were packed once
};

/// Every row once, in order, in micro-batches of `per_device_batch` rows dealt to ranks in turn.
class EvalPlanner {
 public:
  EvalPlanner(std::span<const std::uint32_t> target_counts, std::int64_t ranks,
              std::int64_t per_device_batch);

  std::int64_t target_count() const { return target_count_; }
  /// The same number for every rank; the last ones may be empty.
  std::vector<MicroBatchPlan> micro_batches(int rank) const;

 private:
  std::int64_t rows_, ranks_, batch_, target_count_ = 0;
};

}  // namespace hone
