#pragma once

#include "train/config/config.hpp"
#include "train/config/given_flags.hpp"

namespace hone {

/// What flags left unsaid of an adapter's form is as in the adapter that training starts from, if there is
/// one. Throws Error(kData) for a folder without a readable adapter_config.json.
void complete_from_start(AdapterOptions& adapter, const GivenFlags& given);

}  // namespace hone
