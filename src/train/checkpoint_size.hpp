#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "comm/communicator.hpp"
#include "model/weight_table.hpp"
#include "train/config/config.hpp"
#include "train/model_output.hpp"

namespace hone {

/// Bytes of one checkpoint, and of the copy of its share that a rank keeps in memory while it is written.
struct CheckpointSize {
  std::int64_t on_disk = 0;
  std::int64_t in_memory = 0;  // largest of the ranks
};
/// `output`: what each checkpoint also holds for others to load, if anything.
CheckpointSize checkpoint_size(const std::vector<UnitSpec>& table, int ranks,
                               const std::optional<ModelOutput>& output);

/// The line of the plan that says when checkpoints come and how large they are; warns where output_dir's disk
/// has no room for one. Rank 0 prints.
void announce_checkpoints(const SaveOptions& save, const CheckpointSize& size, int rank);

/// Throws Error(kRunTimeFailure), on every rank, where rank 0 sees no room for a checkpoint in `output`. All
/// ranks call it together.
void require_room(const std::filesystem::path& output, const CheckpointSize& size, Communicator& comm);

}  // namespace hone
