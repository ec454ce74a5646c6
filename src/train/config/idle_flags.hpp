#pragma once

#include <string>
#include <vector>

#include "train/config/config.hpp"
#include "train/config/given_flags.hpp"

namespace hone {

/// One line for each thing that was asked for and does nothing with the other flags as they are.
std::vector<std::string> idle_flag_notices(const TrainConfig& config, const GivenFlags& given);

/// Refuses flags that say how to train adapters while nothing says whether to: every weight would be trained.
/// Throws Error(kUsage).
void require_no_idle_adapter_flags(const TrainConfig& config, const GivenFlags& given);

}  // namespace hone
