#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "checkpoint/checkpoint_manifest.hpp"
#include "checkpoint/trainer_state.hpp"
#include "comm/communicator.hpp"
#include "optim/adamw.hpp"
#include "optim/loss_scaler.hpp"
#include "train/background_task.hpp"
#include "train/config/config.hpp"
#include "train/model_output.hpp"
#include "train/run_start.hpp"
#include "train/training_state.hpp"
#include "zero/unit_store.hpp"

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

/// Checkpoints of a running job. Training waits for the copy to memory alone: each rank writes its file on a
/// thread of its own, then rank 0 makes the folder a checkpoint and removes old ones, also behind training.
/// One write at a time. Every method that communicates is called by all ranks at the same step; a write that
/// failed anywhere is thrown by the next of them, on every rank, with its reason.
class Checkpointing {
 public:
  /// References must outlive this object. `total_steps` as the schedule has it; `output`: what each
  /// checkpoint also holds for others to load; `scaler`: that of fp16.
  Checkpointing(const TrainConfig& config, const Fingerprint& fingerprint, std::int64_t total_steps,
                Communicator& comm, UnitStore& units, AdamW& optimizer,
                std::optional<ModelOutput> output = std::nullopt, LossScaler* scaler = nullptr);

  /// Brings weights, moments and the history of evaluations back; returns the steps that are done.
  std::int64_t resume(const ResumePoint& from);

  /// Tells the loss of the evaluation after `step` steps.
  void evaluated(std::int64_t step, double loss);
  /// Whether the loss after `step` steps is known.
  bool knows_evaluation(std::int64_t step) const;
  /// Wants a checkpoint at the next step's end, due or not.
  void want_one() { wanted_ = true; }
  /// After each optimizer step, its log lines and evaluation: looks after the write in flight and begins one
  /// where it is due. `epoch`: epochs done.
  void after_step(std::int64_t step, double epoch);
  /// Whether early_stopping_patience evaluations in a row brought nothing better.
  bool stops_early() const;
  /// Begins a checkpoint now. Throws Error(kDiverged) for weights with inf or nan.
  void save(std::int64_t step, double epoch);
  /// Returns when the write in flight is a checkpoint.
  void finish();
  /// Returns when the state of now is a checkpoint. Takes no memory for a copy of what lies on the host.
  void save_and_wait(std::int64_t step, double epoch);
  /// What a checkpoint takes: the longest so far, before the first one a guess from its size.
  double seconds_to_save() const;
  /// With load_best_model_at_end: the weights of the best checkpoint, unless `step` is its step.
  void load_best(std::int64_t step);

 private:
  enum class Phase { kIdle, kWriting, kCommitting };
  struct Written {
    StateFile file;      // this rank's
    double seconds = 0;  // on the disk's account
  };
  struct Write {
    std::int64_t step = 0, updates = 0;
    std::optional<LossScaler::State> loss_scale;
    std::string trainer_state;         // rank 0
    std::vector<std::int64_t> doomed;  // steps to remove once it is durable; rank 0
    std::chrono::steady_clock::time_point start;
    double waited = 0;  // seconds that training stood still
    std::shared_ptr<Written> written;
  };

  bool due(std::int64_t step, double epoch) const;
  bool may_be_best(std::int64_t step) const;
  std::vector<std::int64_t> best_candidates(std::vector<std::int64_t> steps) const;
  void begin(std::int64_t step, double epoch, std::shared_ptr<const StateSnapshot> snapshot,
             std::chrono::steady_clock::time_point start);
  void advance();
  void begin_commit();
  void fail_write();
  void require_room() const;
  std::string trainer_state_text(std::int64_t step, double epoch, std::vector<std::int64_t>& doomed) const;

  const TrainConfig& config_;
  Fingerprint fingerprint_;
  std::int64_t total_steps_;
  Communicator& comm_;
  UnitStore& units_;
  AdamW& optimizer_;
  std::filesystem::path output_;
  std::optional<ModelOutput> for_others_;
  LossScaler* scaler_;
  CheckpointSize size_;
  std::vector<Evaluation> evaluations_;
  DeviceKind place_;  // where the live state lies
  std::shared_ptr<StateSnapshot> snapshot_ = std::make_shared<StateSnapshot>();
  BackgroundTask room_;  // brings the memory of the snapshot
  BackgroundTask task_;
  Phase phase_ = Phase::kIdle;
  Write write_;
  std::int64_t newest_ = 0;  // step of the last one in output_dir, begun or resumed from
  bool wanted_ = false;
  double longest_seconds_ = 0;  // of the checkpoints written so far
};

}  // namespace hone
