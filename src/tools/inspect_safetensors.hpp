#pragma once

#include "tools/inspect_options.hpp"

namespace hone {

/// Prints names, types and shapes of the tensors of a safetensors file, or of all that a model or adapter
/// folder holds, and the totals. Where there is an index, only the files that it names count; others are
/// named in one line. Headers are always checked whole, and an index against its shards; kVerify also reads
/// every tensor and refuses NaN and infinity. Throws Error(kData).
void inspect_safetensors(const InspectOptions& options);

}  // namespace hone
