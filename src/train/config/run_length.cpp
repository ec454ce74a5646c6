#include "train/config/run_length.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace hone {

namespace {

/// 0.1 * 30 is 3.0000000000000004 in binary and must not become 4 steps.
std::int64_t ceil_of_product(double factor, std::int64_t count) {
  const double product = factor * static_cast<double>(count);
  const double nearest = std::round(product);
  if (std::abs(product - nearest) <= 1e-9 * std::max(1.0, nearest)) return static_cast<std::int64_t>(nearest);
  return static_cast<std::int64_t>(std::ceil(product));
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
