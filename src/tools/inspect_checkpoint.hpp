#pragma once

#include "tools/inspect_options.hpp"

namespace hone {

/// Says what a checkpoint holds; verifying reads every file. Throws Error(kData) for one that is not
/// complete, naming the file.
void inspect_checkpoint(const InspectOptions& options);

}  // namespace hone
