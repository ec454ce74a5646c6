#pragma once

#include "tools/inspect_options.hpp"

namespace hone {

/// Prints what a dataset's manifest records and its first rows; with kVerify reads and checks everything
/// first. Throws Error(kData) for a dataset that is incomplete or damaged.
void inspect_dataset(const InspectOptions& options);

}  // namespace hone
