#pragma once

#include "inspect/comparison.hpp"

namespace hone {

/// Prints a comparison, with the text of the first rows that differ. Throws Error(kData) where that needs a
/// tokenizer that is not there.
void print_comparison(const Dataset& a, const Dataset& b, const DatasetComparison& comparison);

}  // namespace hone
