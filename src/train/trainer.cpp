#include "train/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.hpp"

namespace hone {

Trainer::Trainer(const Options& options, const ModelConfig& config, Communicator& comm,
                 const StepPlanner& planner, BatchBuilder& batches, const LearningRateSchedule& schedule,
                 UnitStore& units, const CausalLm& model, AdamW& optimizer, RunRequests& requests)
    : options_(options),
      flops_(config, units.table()),
      comm_(comm),
      planner_(planner),
      batches_(batches),
      schedule_(schedule),
      units_(units),
      model_(model),
      optimizer_(optimizer),
      requests_(requests) {}

StepReport Trainer::step(std::int64_t step) {
  const StepPlan plan = planner_.plan(step);  // the same on every rank
  Activity& activity = comm_.activity();
  const double mean = 1.0 / static_cast<double>(plan.target_count);
  StepReport report;
  if (options_.loss_scaler != nullptr) report.loss_scale = options_.loss_scaler->scale();
  const Traffic before = units_.traffic();
  const std::vector<MicroBatchPlan>& micro_batches = plan.by_rank[static_cast<std::size_t>(comm_.rank())];
  Tensor sum;  // stays on the device until the step's one read
  for (const MicroBatchPlan& micro_batch : micro_batches) {
    activity.start(fmt::format("step {}: reading rows", step + 1));
    const MicroBatch batch = batches_.build(micro_batch, step);
    activity.start(fmt::format("step {}: forward and backward", step + 1));
    const Tensor loss =
        model_.forward_backward(batch, mean * report.loss_scale, options_.activations, units_);
    sum = sum.defined() ? sum.add_(loss) : loss;
  }
  report.step = step + 1;
  report.epoch = plan.epoch;
  activity.start(fmt::format("step {}: gradients", report.step));
  report.grad_norm = units_.finish_gradients() / report.loss_scale;
  report.loss = requests_.sum_and_agree(sum.defined() ? sum.item<double>() : 0) * mean;
  report.learning_rate = schedule_.at(optimizer_.steps());
  report.tokens = plan.token_count;
  report.targets = plan.target_count;
  report.micro_batches = static_cast<std::int64_t>(micro_batches.size());
  report.flops = flops_.of_step(planner_.lengths_of(plan), plan.target_count);
  const bool finite = std::isfinite(report.loss) && std::isfinite(report.grad_norm);
  if (options_.loss_scaler != nullptr && !finite) {
    take_overflow(report);
    report.skipped = true;
  } else {
    require_finite(report);
    activity.start(fmt::format("step {}: AdamW", report.step));
    optimizer_.step(report.learning_rate, clip_factor(report.grad_norm) / report.loss_scale,
                    [this](TrainedGroup& group) { units_.publish(group); });
    if (options_.loss_scaler != nullptr) options_.loss_scaler->step_done();
  }
  units_.clear_gradients();
  report.updates = optimizer_.steps();
  report.traffic = units_.traffic();
  report.traffic -= before;
  return report;
}

void Trainer::require_finite(const StepReport& report) const {
  if (std::isfinite(report.loss) && std::isfinite(report.grad_norm)) return;
  throw Error(ExitCode::kDiverged, fmt::format("training diverged at step {}", report.step),
              fmt::format("loss {}, gradient norm {}", report.loss, report.grad_norm),
              "nothing was saved over earlier results; lower --learning_rate, or check the base weights for "
              "inf and nan");
}

// Sums over the ranks told of the overflow: every rank has seen the same.
void Trainer::take_overflow(const StepReport& report) const {
  if (options_.loss_scaler->step_overflowed()) return;
  throw Error(
      ExitCode::kDiverged, fmt::format("training diverged at step {}", report.step),
      fmt::format("loss {}, gradient norm {} at loss scale {:g}, which can't go lower", report.loss,
                  report.grad_norm, report.loss_scale),
      "nothing was saved over earlier results; use --bf16, lower --learning_rate, or let the DeepSpeed "
      "JSON's fp16 block scale the loss dynamically (loss_scale 0)");
}

double Trainer::clip_factor(double norm) const {
  // As torch.nn.utils.clip_grad_norm_ computes it.
  return options_.max_grad_norm > 0 ? std::min(1.0, options_.max_grad_norm / (norm + 1e-6)) : 1.0;
}

}  // namespace hone
