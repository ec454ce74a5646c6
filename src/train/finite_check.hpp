#pragma once

#include <cstdint>

#include "checkpoint/weight_formats.hpp"
#include "comm/communicator.hpp"
#include "zero/unit_store.hpp"

namespace hone {

/// The last step's weights are in no loss yet: throws Error(kDiverged) on every rank when one of them is inf
/// or nan, or would be in `formats`. All ranks call it together, before anything is written.
void require_finite_weights(const UnitStore& units, const WeightFormats& formats, std::int64_t step,
                            Communicator& comm);

}  // namespace hone
