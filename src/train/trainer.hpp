#pragma once

#include <cstdint>

#include "comm/communicator.hpp"
#include "dataset/dataset.hpp"
#include "dataset/step_planner.hpp"
#include "model/causal_lm.hpp"
#include "optim/adamw.hpp"
#include "optim/loss_scaler.hpp"
#include "optim/schedule.hpp"
#include "train/batch_builder.hpp"
#include "train/flops.hpp"
#include "train/run_requests.hpp"
#include "zero/unit_store.hpp"

namespace hone {

/// What one optimizer step did, the same on every rank.
struct StepReport {
  std::int64_t step = 0;     // 1-based: the number of steps done
  std::int64_t updates = 0;  // those that were not skipped
  double epoch = 0;          // epochs done, with the fraction of this one
  double loss = 0;           // mean over the step's targets
  double grad_norm = 0;      // before clipping
  double loss_scale = 1;     // of this step
  bool skipped = false;      // the gradients overflowed in fp16: no update
  double learning_rate = 0;
  std::int64_t tokens = 0;
  std::int64_t targets = 0;
  std::int64_t micro_batches = 0;  // of each rank
  double flops = 0;
  Traffic traffic;
};

/// One training run's steps: plan, forward and backward over this rank's micro-batches, reduction, clipping,
/// AdamW.
class Trainer {
 public:
  struct Options {
    double max_grad_norm = 1.0;  // 0: no clipping
    Activations activations = Activations::kKeep;
    LossScaler* loss_scaler = nullptr;  // of fp16; must outlive the trainer
  };

  /// Every reference must outlive the trainer.
  Trainer(const Options& options, const ModelConfig& config, Communicator& comm, const StepPlanner& planner,
          BatchBuilder& batches, const LearningRateSchedule& schedule, UnitStore& units,
          const CausalLm& model, AdamW& optimizer, RunRequests& requests);

  /// Optimizer step `step`, counted from 0; the ranks agree on requests with its loss. All ranks call it
  /// together.
  /// Throws Error(kDiverged) on every rank when loss or gradient norm is not finite, with a loss scaler when
  /// the scale can't go lower; weights are then those before the step.
  StepReport step(std::int64_t step);

 private:
  void require_finite(const StepReport& report) const;
  void take_overflow(const StepReport& report) const;
  double clip_factor(double norm) const;

  Options options_;
  FlopCount flops_;
  Communicator& comm_;
  const StepPlanner& planner_;
  BatchBuilder& batches_;
  const LearningRateSchedule& schedule_;
  UnitStore& units_;
  const CausalLm& model_;
  AdamW& optimizer_;
  RunRequests& requests_;
};

}  // namespace hone
