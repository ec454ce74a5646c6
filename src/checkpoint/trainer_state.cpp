#include "checkpoint/trainer_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hone {

std::vector<Evaluation> evaluations_of(const OrderedJson& log_history) {
  std::vector<Evaluation> result;
  for (const OrderedJson& line : log_history) {
    const auto loss = line.find("eval_loss");
    if (loss == line.end()) continue;
    const double value = loss->is_number() ? loss->get<double>() : std::numeric_limits<double>::infinity();
    result.push_back({line.value("step", std::int64_t{0}), value});
  }
  return result;
}

std::optional<Evaluation> best_evaluation(std::span<const Evaluation> evaluations,
                                          const std::optional<std::vector<std::int64_t>>& steps) {
  std::optional<Evaluation> best;
  for (const Evaluation& evaluation : evaluations) {
    if (!std::isfinite(evaluation.loss)) continue;
    if (steps && std::find(steps->begin(), steps->end(), evaluation.step) == steps->end()) continue;
    if (!best || evaluation.loss < best->loss) best = evaluation;
  }
  return best;
}

std::int64_t evaluations_without_improvement(std::span<const Evaluation> evaluations) {
  double best = std::numeric_limits<double>::infinity();
  std::int64_t count = 0;
  for (const Evaluation& evaluation : evaluations) {
    const bool better = evaluation.loss < best;
    count = better ? 0 : count + 1;
    if (better) best = evaluation.loss;
  }
  return count;
}

OrderedJson to_json(const TrainerState& state) {
  const OrderedJson none = nullptr;
  OrderedJson callbacks = OrderedJson::object();
  if (state.early_stopping_patience > 0) {
    callbacks["EarlyStoppingCallback"] = {
        {"args",
         {{"early_stopping_patience", state.early_stopping_patience}, {"early_stopping_threshold", 0.0}}},
        {"attributes", {{"early_stopping_patience_counter", state.early_stopping_counter}}}};
  }
  return {{"best_global_step", state.best ? OrderedJson(state.best->step) : none},
          {"best_metric", state.best ? OrderedJson(state.best->loss) : none},
          {"best_model_checkpoint", state.best ? OrderedJson(state.best_model_checkpoint) : none},
          {"epoch", state.epoch},
          {"eval_steps", state.eval_steps},
          {"global_step", state.global_step},
          {"is_hyper_param_search", false},
          {"is_local_process_zero", true},
          {"is_world_process_zero", true},
          {"log_history", state.log_history},
          {"logging_steps", state.logging_steps},
          {"max_steps", state.max_steps},
          {"num_input_tokens_seen", 0},
          {"num_train_epochs", state.num_train_epochs},
          {"save_steps", state.save_steps},
          {"stateful_callbacks", callbacks},
          {"total_flos", 0.0},
          {"train_batch_size", state.train_batch_size},
          {"trial_name", none},
          {"trial_params", none}};
}

}  // namespace hone
