#pragma once

#include <memory>
#include <vector>

#include "base/resident_memory.hpp"
#include "checkpoint/state_range.hpp"
#include "checkpoint/state_reader.hpp"
#include "comm/cuda_device.hpp"
#include "comm/device.hpp"
#include "optim/adamw.hpp"
#include "train/trained_parameters.hpp"
#include "zero/unit_store.hpp"

namespace hone {

/// What `rank` of `ranks` writes into a checkpoint, as it lies in memory, a device's where training runs
/// there: over all ranks every element once, whatever the stage. Valid until units or optimizer go.
std::vector<StateValues> state_to_write(UnitStore& units, AdamW& optimizer, int rank, int ranks);

/// Training state to write: a copy that stays as it is while training goes on, or the state itself.
struct StateSnapshot {
  std::unique_ptr<ResidentMemory> memory;  // the copy's
  std::unique_ptr<PinnedMemory> pinned;    // the same, where a device copies to it
  std::vector<StateValues> state;
  bool finite = true;  // no inf or nan among the masters
};

/// Makes room for a copy of `live`; its pages come with memory->populate(), or with the copy.
void reserve_snapshot(const std::vector<StateValues>& live, StateSnapshot& snapshot);

/// Copies `live` into `snapshot`, whose memory is used again when it is that of the same ranges. `place`:
/// where `live` lies.
void take_snapshot(const std::vector<StateValues>& live, StateSnapshot& snapshot,
                   DeviceKind place = DeviceKind::kCpu);

/// `live` itself, in host memory, for a write that training waits for: takes no memory.
StateSnapshot without_copy(std::vector<StateValues> live);

/// Reads this rank's masters and makes them the values of the layers. All ranks call it together.
void load_masters(UnitStore& units, const StateReader& reader);
/// Reads this rank's moments; `rank` is its place among all.
void load_moments(UnitStore& units, AdamW& optimizer, const StateReader& reader, int rank);

}  // namespace hone
