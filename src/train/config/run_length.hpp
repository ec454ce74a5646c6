#pragma once

#include <cstdint>

#include "train/config/config.hpp"

namespace hone {

/// How long a run is, in optimizer steps.
struct RunLength {
  std::int64_t steps_per_epoch = 0;  // ceil(rows / global batch)
  std::int64_t total_steps = 0;
  std::int64_t warmup_steps = 0;
  double epochs = 0.0;  // total_steps / steps_per_epoch
};

/// Steps of one epoch: no row is dropped, the last step takes the rows that are left. Both counts
/// must be positive.
std::int64_t steps_per_epoch(std::int64_t rows, std::int64_t global_batch);

/// warmup_steps where positive, otherwise ceil(warmup_ratio * total_steps), as transformers counts them.
std::int64_t warmup_steps(const ScheduleOptions& schedule, std::int64_t total_steps);

/// total_steps is max_steps where positive, otherwise ceil(num_train_epochs * steps_per_epoch).
RunLength run_length(const ScheduleOptions& schedule, std::int64_t rows, std::int64_t global_batch);

}  // namespace hone
