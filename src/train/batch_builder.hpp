#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dataset/dataset.hpp"
#include "dataset/step_planner.hpp"
#include "model/micro_batch.hpp"
#include "model/rope_table.hpp"

namespace hone {

/// Turns planned rows into the tensors of a micro-batch, on the rope table's device: rows laid end to end,
/// targets by position.
class BatchBuilder {
 public:
  /// Ids must be below `vocab_size`. Both references must outlive the builder.
  BatchBuilder(const Dataset& dataset, const RopeTable& rope, std::int64_t vocab_size)
      : dataset_(dataset), rope_(rope), vocab_size_(vocab_size) {}

  /// From now on batches carry what dropout is drawn from; `step` below counts for it.
  void draw_dropout(std::uint64_t seed) { dropout_seed_ = seed; }

  /// The micro-batch of an optimizer step. Throws Error(kData) naming the row for an id that the model has no
  /// embedding for.
  MicroBatch build(const MicroBatchPlan& plan, std::int64_t step = 0);

 private:
  const Dataset& dataset_;
  const RopeTable& rope_;
  std::int64_t vocab_size_;
  std::optional<std::uint64_t> dropout_seed_;
  std::vector<std::uint32_t> row_ids_;
  std::vector<std::uint8_t> row_mask_;
};

}  // namespace hone
