#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint_folder.hpp"
#include "checkpoint/checkpoint_manifest.hpp"
#include "checkpoint/trainer_state.hpp"
#include "comm/communicator.hpp"
#include "model/weight_table.hpp"
#include "optim/loss_scaler.hpp"
#include "train/background_task.hpp"
#include "train/config/config.hpp"
#include "train/model_output.hpp"
#include "train/training_state.hpp"

namespace hone {

/// What a checkpoint is made of.
struct CheckpointContent {
  std::int64_t step = 0, updates = 0;
  std::optional<LossScaler::State> loss_scale;
  std::shared_ptr<const StateSnapshot> snapshot;  // of this rank
  TrainerState trainer_state;                     // rank 0, but for its log_history
  std::vector<std::int64_t> doomed;               // steps to remove once it is durable; rank 0
};

/// The way of one checkpoint at a time to disk, behind training: each rank writes its file on a thread of its
/// own, then rank 0 reads metrics.jsonl, makes the folder a checkpoint and removes old ones; one that can't
/// be removed is warned about and tried again with the next. The ranks agree how far it is by one scalar
/// reduction, so that no collective is issued beside training's. Methods that communicate are called by all
/// ranks together; a write that failed anywhere is thrown by the next of them, on every rank, with its
/// reason, as Error(kRunTimeFailure).
class CheckpointWrite {
 public:
  using Clock = std::chrono::steady_clock;

  /// References must outlive this object. `for_others`: what each checkpoint also holds for others to load.
  CheckpointWrite(const TrainConfig& config, Fingerprint fingerprint, Communicator& comm,
                  const std::vector<UnitSpec>& table, std::optional<ModelOutput> for_others);

  /// Begins where nothing is in flight. `start`: since when training waits.
  void begin(CheckpointContent content, Clock::time_point start);
  /// Looks after the write in flight, if any.
  void advance();
  /// Returns when the write in flight is a checkpoint.
  void finish();
  /// Tells what a checkpoint of an earlier launch took.
  void took(double seconds);
  /// On the disk's account, the slowest rank's and the commit's, the longest so far; 0 where none is known.
  /// Rank 0.
  double longest_seconds() const { return longest_seconds_; }

 private:
  enum class Phase { kIdle, kWriting, kCommitting };
  struct Written {
    StateFile file;      // this rank's
    double seconds = 0;  // its time; the whole checkpoint's on rank 0, once it is one
    Removal removal;     // of older ones, on rank 0
  };

  void begin_commit();
  void fail();

  const TrainConfig& config_;
  Fingerprint fingerprint_;
  Communicator& comm_;
  const std::vector<UnitSpec>& table_;
  std::optional<ModelOutput> for_others_;
  std::filesystem::path output_;
  BackgroundTask task_;
  Phase phase_ = Phase::kIdle;
  CheckpointContent content_;
  std::shared_ptr<Written> written_;
  Clock::time_point start_;
  double waited_ = 0;  // seconds that training stood still
  double longest_seconds_ = 0;
};

}  // namespace hone
