#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/output_lock.hpp"
#include "checkpoint/checkpoint_manifest.hpp"
#include "comm/communicator.hpp"
#include "train/config/config.hpp"

namespace hone {

/// The checkpoint that a run goes on from.
struct ResumePoint {
  std::filesystem::path folder;
  CheckpointManifest manifest;
  OrderedJson trainer_state;
};

/// What a launch finds in its output_dir.
struct RunStart {
  bool finished = false;  // an earlier launch ended with the very same settings; its weights are there
  std::optional<ResumePoint> from;
  std::unique_ptr<OutputLock> lock;  // of rank 0, for as long as the run goes on
};

/// Makes output_dir ready, the same decision on every rank: start over, go on from the newest complete
/// checkpoint (or the one that --resume_from_checkpoint names), or nothing to do. Every state file is read
/// and checked, its share by each rank; what is skipped is named with its reason. Clears what broken-off
/// saves left, and requests that were meant for an earlier launch; checkpoints past the chosen one are set
/// aside. `host`: this rank's. Throws Error(kUsage) for a folder that holds another run, that another job
/// works in, or that is not the same one on every host, Error(kData) where no checkpoint is whole, and what
/// require_unchanged() throws.
RunStart prepare_start(const TrainConfig& config, const Fingerprint& fingerprint, const std::string& host,
                       Communicator& comm);

/// Throws what prepare_start() would, for a dry run: it makes, locks and changes nothing, and of checkpoints
/// it leaves the state files unread but for their sizes. All ranks call it together.
void check_start(const TrainConfig& config, const Fingerprint& fingerprint, Communicator& comm);

}  // namespace hone
