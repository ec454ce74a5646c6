#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/json.hpp"
#include "checkpoint/trainer_state.hpp"
#include "train/config/config.hpp"

namespace hone {

/// Which steps of a run become checkpoints, which of these is the best by its evaluation, and which go when a
/// new one is on disk. The same evaluations on every rank; only rank 0 looks into output_dir.
class CheckpointChoice {
 public:
  /// `config` must outlive this. `total_steps` as the schedule has it.
  CheckpointChoice(const TrainConfig& config, std::int64_t total_steps);

  /// Brings back what a checkpoint's trainer_state.json tells of evaluations.
  void resume(const OrderedJson& trainer_state);
  /// Tells the loss of the evaluation after `step` steps.
  void evaluated(std::int64_t step, double loss);
  /// Whether the loss after `step` steps is known.
  bool knows_evaluation(std::int64_t step) const;

  /// Whether the strategy wants a checkpoint of `step`. `epoch`: epochs done.
  bool due(std::int64_t step, double epoch) const;
  /// Whether early_stopping_patience evaluations in a row brought nothing better.
  bool stops_early() const;

  /// The best of the checkpoints in output_dir and the one of `step`; none without evaluations. Rank 0.
  std::optional<Evaluation> best(std::int64_t step) const;

  struct Decision {
    TrainerState trainer_state;        // but for its log_history
    std::vector<std::int64_t> doomed;  // steps to remove once the checkpoint is durable
  };
  /// What goes with a checkpoint of `step`. Rank 0.
  Decision decide(std::int64_t step, double epoch) const;

 private:
  std::vector<std::int64_t> steps_with(std::int64_t step) const;
  bool may_be_best(std::int64_t step) const;

  const TrainConfig& config_;
  std::int64_t total_steps_;
  std::filesystem::path output_;
  std::vector<Evaluation> evaluations_;
};

}  // namespace hone
