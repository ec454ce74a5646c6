#pragma once

#include "inspect/statistics.hpp"

namespace hone {

/// Prints what a dataset was made with and what it holds, as a whole and by input.
void print_statistics(const Dataset& dataset, const DatasetStatistics& statistics);

}  // namespace hone
