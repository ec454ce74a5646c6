#pragma once

#include <cstdint>
#include <functional>

#include "model/weight_table.hpp"

namespace hone {

/// Reads elements [offset, offset + count) of a named parameter, fp32, row-major.
using ReadRange = std::function<void(const WeightPart&, std::int64_t offset, std::int64_t count, float* out)>;

}  // namespace hone
