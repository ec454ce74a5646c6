#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "comm/communicator.hpp"
#include "optim/adamw.hpp"
#include "optim/loss_scaler.hpp"
#include "train/background_task.hpp"
#include "train/checkpoint_choice.hpp"
#include "train/checkpoint_size.hpp"
#include "train/checkpoint_write.hpp"
#include "train/config/config.hpp"
#include "train/model_output.hpp"
#include "train/run_start.hpp"
#include "train/training_state.hpp"
#include "zero/unit_store.hpp"

namespace hone {

/// Checkpoints of a running job: what CheckpointChoice wants is copied and handed to CheckpointWrite.
/// Training waits for the copy to memory alone. Every method that communicates is called by all ranks at the
/// same step; a write that failed anywhere is thrown by the next of them, on every rank, with its reason.
class Checkpointing {
 public:
  /// References must outlive this object. `total_steps` as the schedule has it; `output`: what each
  /// checkpoint also holds for others to load; `scaler`: that of fp16.
  Checkpointing(const TrainConfig& config, const Fingerprint& fingerprint, std::int64_t total_steps,
                Communicator& comm, UnitStore& units, AdamW& optimizer,
                std::optional<ModelOutput> output = std::nullopt, LossScaler* scaler = nullptr);

  /// Brings weights, moments and the history of evaluations back; returns the steps that are done. All ranks
  /// call it together.
  std::int64_t resume(const ResumePoint& from);

  /// Tells the loss of the evaluation after `step` steps.
  void evaluated(std::int64_t step, double loss) { choice_.evaluated(step, loss); }
  /// Whether the loss after `step` steps is known.
  bool knows_evaluation(std::int64_t step) const { return choice_.knows_evaluation(step); }
  /// Wants a checkpoint at the next step's end, due or not.
  void want_one() { wanted_ = true; }
  /// After each optimizer step, its log lines and evaluation: looks after the write in flight and begins one
  /// where it is due. `epoch`: epochs done.
  void after_step(std::int64_t step, double epoch);
  /// Whether early_stopping_patience evaluations in a row brought nothing better.
  bool stops_early() const { return choice_.stops_early(); }
  /// Begins a checkpoint now. Throws Error(kDiverged) for weights with inf or nan.
  void save(std::int64_t step, double epoch);
  /// Returns when the write in flight is a checkpoint.
  void finish() { write_.finish(); }
  /// Returns when the state of now is a checkpoint. Takes no memory for a copy of what lies on the host.
  void save_and_wait(std::int64_t step, double epoch);
  /// What a checkpoint takes: the longest of this launch and the one that it goes on from, else a guess.
  /// Rank 0.
  double seconds_to_save() const;
  /// With load_best_model_at_end: the weights of the best checkpoint, unless `step` is its step.
  /// Throws Error(kData) where that one is damaged.
  void load_best(std::int64_t step);

 private:
  void begin(std::int64_t step, double epoch, std::shared_ptr<const StateSnapshot> snapshot,
             std::chrono::steady_clock::time_point start);

  const TrainConfig& config_;
  Communicator& comm_;
  UnitStore& units_;
  AdamW& optimizer_;
  std::filesystem::path output_;
  LossScaler* scaler_;
  CheckpointSize size_;
  CheckpointChoice choice_;
  CheckpointWrite write_;
  DeviceKind place_;  // where the live state lies
  std::shared_ptr<StateSnapshot> snapshot_ = std::make_shared<StateSnapshot>();
  BackgroundTask room_;      // brings the memory of the snapshot
  std::int64_t newest_ = 0;  // step of the last one in output_dir, begun or resumed from
  bool wanted_ = false;
};

}  // namespace hone
