#pragma once

#include "zero/stage.hpp"

namespace hone {

/// The speed of a large matrix product where training runs, in its compute dtype (on the CPU with this
/// process's threads), in operations per second: measured, in about half a second.
double measure_matmul_peak(const Sharding& sharding);

}  // namespace hone
