#pragma once

#include <string>
#include <vector>

#include "checkpoint/float_format.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// Throws Error(kData) for values that are not finite, or would not be as `format`.
void require_finite(const WeightPart& part, FloatFormat format, const std::vector<float>& values);

/// The last lines of what was done: which folder holds how many tensors.
void print_written(const std::string& folder, std::int64_t tensors, std::int64_t parameters,
                   FloatFormat format);

}  // namespace hone
