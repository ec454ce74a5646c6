#include "train/checkpoint_choice.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "checkpoint/checkpoint_folder.hpp"
#include "checkpoint/retention.hpp"

namespace hone {

CheckpointChoice::CheckpointChoice(const TrainConfig& config, std::int64_t total_steps)
    : config_(config), total_steps_(total_steps), output_(config.save.output_dir) {}

void CheckpointChoice::resume(const OrderedJson& trainer_state) {
  evaluations_ = evaluations_of(trainer_state.at("log_history"));
}

void CheckpointChoice::evaluated(std::int64_t step, double loss) {
  evaluations_.push_back({step, std::isfinite(loss) ? loss : INFINITY});
}

bool CheckpointChoice::knows_evaluation(std::int64_t step) const {
  return std::any_of(evaluations_.begin(), evaluations_.end(),
                     [&](const Evaluation& evaluation) { return evaluation.step == step; });
}

bool CheckpointChoice::due(std::int64_t step, double epoch) const {
  return is_due(config_.save.save_strategy, config_.save.save_steps, step, epoch, total_steps_);
}

bool CheckpointChoice::stops_early() const {
  const std::int64_t patience = config_.eval.early_stopping_patience;
  return patience > 0 && evaluations_without_improvement(evaluations_) >= patience;
}

std::vector<std::int64_t> CheckpointChoice::steps_with(std::int64_t step) const {
  std::vector<std::int64_t> steps = checkpoint_steps(output_);
  steps.push_back(step);
  return steps;
}

// A checkpoint that someone asked for must not change which one is the best.
bool CheckpointChoice::may_be_best(std::int64_t step) const {
  return config_.save.save_strategy != Interval::kSteps || due(step, 0);
}

std::optional<Evaluation> CheckpointChoice::best(std::int64_t step) const {
  std::vector<std::int64_t> candidates = steps_with(step);
  std::erase_if(candidates, [this](std::int64_t candidate) { return !may_be_best(candidate); });
  return best_evaluation(evaluations_, candidates);
}

CheckpointChoice::Decision CheckpointChoice::decide(std::int64_t step, double epoch) const {
  TrainerState state;
  state.global_step = step;
  state.epoch = epoch;
  state.max_steps = total_steps_;
  state.num_train_epochs = config_.schedule.num_train_epochs;
  state.logging_steps = config_.run.logging_steps;
  state.eval_steps = config_.eval.eval_steps;
  state.save_steps = config_.save.save_steps;
  state.train_batch_size = config_.batch.per_device_train_batch_size;
  state.best = best(step);
  std::optional<std::int64_t> best_step;
  if (state.best) {
    best_step = state.best->step;
    state.best_model_checkpoint = (output_ / checkpoint_name(*best_step)).string();
  }
  state.early_stopping_patience = config_.eval.early_stopping_patience;
  state.early_stopping_counter = evaluations_without_improvement(evaluations_);
  return {std::move(state),
          checkpoints_to_remove(steps_with(step), config_.save.save_total_limit, step, best_step)};
}

}  // namespace hone
