#pragma once

#include "base/error.hpp"
#include "tools/inspect_options.hpp"

namespace hone {

/// Prints the statistics of a dataset and its first rows, or does what else the options ask for; with kVerify
/// reads and checks everything first. kDifferent where two datasets are compared and are not equal. Throws
/// Error(kData) for a dataset that is incomplete or damaged, Error(kUsage) for a row that it doesn't have and
/// a report that can't be written there.
ExitCode inspect_dataset(const InspectOptions& options);

}  // namespace hone
