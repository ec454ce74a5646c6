#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace hone {

/// The loss of one evaluation.
struct Evaluation {
  std::int64_t step = 0;
  double loss = 0;
};

/// The evaluations in a log history, in order; a loss that was not finite reads as infinity.
std::vector<Evaluation> evaluations_of(const OrderedJson& log_history);

/// The lowest loss, the earliest where several are as low; among those of `steps` alone where given.
std::optional<Evaluation> best_evaluation(std::span<const Evaluation> evaluations,
                                          const std::optional<std::vector<std::int64_t>>& steps = {});

/// How many evaluations in a row, up to the last, did not get below the best one before them.
std::int64_t evaluations_without_improvement(std::span<const Evaluation> evaluations);

/// What trainer_state.json holds, under the names of transformers.TrainerState.
struct TrainerState {
  std::int64_t global_step = 0;
  double epoch = 0;
  std::int64_t max_steps = 0;
  double num_train_epochs = 0;
  std::int64_t logging_steps = 0, eval_steps = 0, save_steps = 0;
  std::int64_t train_batch_size = 0;
  std::optional<Evaluation> best;     // among the checkpoints that are kept
  std::string best_model_checkpoint;  // its folder
  std::int64_t early_stopping_patience = 0, early_stopping_counter = 0;
  OrderedJson log_history = OrderedJson::array();  // the lines of metrics.jsonl
};

OrderedJson to_json(const TrainerState& state);

}  // namespace hone
