#pragma once

#include <cstdint>
#include <string>

#include "checkpoint/weight_formats.hpp"
#include "comm/communicator.hpp"
#include "zero/unit_store.hpp"

namespace hone {

/// The weights that training starts from, before the first step: throws on every rank Error(kData) when one
/// of them is inf or nan, and Error(kUsage) when one would be so in `formats`, which --save_dtype asked for.
/// All ranks call it together.
void require_finite_start(const UnitStore& units, const WeightFormats& formats, const std::string& model,
                          Communicator& comm);

/// The last step's weights are in no loss yet: throws Error(kDiverged) on every rank when one of them is inf
/// or nan, or would be in `formats`. All ranks call it together, before anything is written.
void require_finite_weights(const UnitStore& units, const WeightFormats& formats, std::int64_t step,
                            Communicator& comm);

}  // namespace hone
