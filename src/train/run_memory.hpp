#pragma once

#include <cstdint>

#include "train/config/config.hpp"
#include "train/run_inputs.hpp"
#include "zero/stage.hpp"

namespace hone {

/// Peak bytes of one rank of a run, estimated from shapes and lengths.
struct RunMemory {
  double computing = 0;  // where it computes: in the host's memory, or in a device's
  double beside = 0;     // in the host's memory beside a device
};

/// `pack_capacity`: tokens of a pack; 0: no packing. `snapshot`: bytes of the copy that a checkpoint is
/// written from.
RunMemory run_memory(const TrainConfig& config, const RunInputs& inputs, const Sharding& sharding,
                     std::int64_t pack_capacity, std::int64_t snapshot);

}  // namespace hone
