#pragma once

#include <string>
#include <vector>

#include "checkpoint/weight_formats.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// Throws Error(kData) for values that are not finite, or would not be as `format`.
void require_finite(const WeightPart& part, FloatFormat format, const std::vector<float>& values);

/// The last line of what was done: which folder holds how many tensors.
void print_written(const std::string& folder, const std::vector<const WeightPart*>& parts,
                   const WeightFormats& formats);

}  // namespace hone
