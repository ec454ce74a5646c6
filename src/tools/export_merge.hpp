#pragma once

#include "tools/export_options.hpp"

namespace hone {

/// Merges an adapter into its base and writes a model folder, one parameter in memory at a time; prints what
/// was merged. Throws Error(kData) where adapter and base do not belong together, Error(kUsage) for an output
/// folder that holds something already.
void export_merged(const ExportOptions& options);

}  // namespace hone
