#pragma once

#include <vector>

#include "checkpoint/state_reader.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// Name and shape of every parameter that is trained.
StateReader::Shapes trained_parameters(const std::vector<UnitSpec>& table);

}  // namespace hone
