#pragma once

#include <filesystem>

#include "comm/communicator.hpp"
#include "train/model_output.hpp"
#include "zero/unit_store.hpp"

namespace hone {

/// write_output() of weights that lie on all ranks, one unit at a time. All ranks call it together; rank 0
/// writes.
void save_units(const std::filesystem::path& folder, UnitStore& units, Communicator& comm,
                const ModelOutput& output);

}  // namespace hone
