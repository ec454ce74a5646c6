#pragma once

#include "train/config/config.hpp"

namespace hone {

/// Checks lr_scheduler_type and the names, types and ranges in lr_scheduler_kwargs. Throws Error(kUsage).
void validate_schedule_options(const ScheduleOptions& schedule);

}  // namespace hone
