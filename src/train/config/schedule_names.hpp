#pragma once

#include "train/config/config.hpp"

namespace hone {

/// Checks lr_scheduler_type and the names and types in lr_scheduler_kwargs. Throws Error(kUsage).
void validate_schedule_names(const ScheduleOptions& schedule);

}  // namespace hone
