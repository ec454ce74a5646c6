#pragma once

#include <cstdint>

#include "train/config/config.hpp"

namespace hone {

/// Checks lr_scheduler_type and the names, types and ranges in lr_scheduler_kwargs. Throws Error(kUsage).
void validate_schedule_options(const ScheduleOptions& schedule);

/// Optimizer steps: warmup_steps where positive, otherwise ceil(warmup_ratio * total_steps), as transformers
/// counts them.
std::int64_t warmup_steps(const ScheduleOptions& schedule, std::int64_t total_steps);

}  // namespace hone
