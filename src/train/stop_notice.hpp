#pragma once

#include <cstdint>
#include <string>

#include "train/config/config.hpp"
#include "train/run_requests.hpp"

namespace hone {

/// Why a run stopped before its end, which checkpoint holds it, and how to go on.
std::string stop_notice(Request why, const SaveOptions& save, std::int64_t step, std::int64_t total_steps);

}  // namespace hone
