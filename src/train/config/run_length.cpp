#include "train/config/run_length.hpp"

#include <cmath>

#include "base/error.hpp"

namespace hone {

namespace {

/// The rounding of Python's math.ceil(factor * count), so that a run is as long as transformers makes it.
std::int64_t ceil_of_product(double factor, std::int64_t count) {
  return static_cast<std::int64_t>(std::ceil(factor * static_cast<double>(count)));
}

}  // namespace

std::int64_t steps_per_epoch(std::int64_t rows, std::int64_t global_batch) {
  HONE_ASSERT(rows > 0 && global_batch > 0);
  return (rows - 1) / global_batch + 1;
}

std::int64_t warmup_steps(const ScheduleOptions& schedule, std::int64_t total_steps) {
  if (schedule.warmup_steps > 0) return schedule.warmup_steps;
  return ceil_of_product(schedule.warmup_ratio, total_steps);
}

RunLength run_length(const ScheduleOptions& schedule, std::int64_t rows, std::int64_t global_batch) {
  RunLength length;
  length.steps_per_epoch = steps_per_epoch(rows, global_batch);
  length.total_steps = schedule.max_steps > 0
                           ? schedule.max_steps
                           : ceil_of_product(schedule.num_train_epochs, length.steps_per_epoch);
  length.warmup_steps = warmup_steps(schedule, length.total_steps);
  length.epochs = static_cast<double>(length.total_steps) / static_cast<double>(length.steps_per_epoch);
  return length;
}

}  // namespace hone
