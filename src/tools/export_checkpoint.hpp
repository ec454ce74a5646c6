#pragma once

#include "tools/export_options.hpp"

namespace hone {

/// Makes of a training checkpoint what the run would have saved then: a model folder, or with LoRA an adapter
/// folder; one parameter in memory at a time. Throws Error(kData) for a checkpoint that is not whole or a
/// base that is not the run's, Error(kUsage) for an output folder that holds something already and for a flag
/// without effect.
void export_checkpoint(const ExportOptions& options);

}  // namespace hone
