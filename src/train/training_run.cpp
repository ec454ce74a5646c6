#include "train/training_run.hpp"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>

#include "base/clock.hpp"
#include "base/cores.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/ops/thread_team.hpp"
#include "train/config/schedule_options.hpp"
#include "train/evaluator.hpp"
#include "train/finite_check.hpp"
#include "train/matmul_peak.hpp"
#include "train/memory_estimate.hpp"
#include "train/run_folder.hpp"
#include "train/save_units.hpp"
#include "train/stop_notice.hpp"
#include "train/traffic_report.hpp"

namespace hone {

TrainingRun::TrainingRun(const TrainConfig& config, MpiSession& session, Communicator& comm,
                         const Device& device, Clock::time_point launch, std::int64_t& current_step)
    : config_(config),
      session_(session),
      comm_(comm),
      device_(device),
      current_step_(current_step),
      inputs_(config, session, comm),
      threads_(config.run.threads > 0 ? config.run.threads : session.compute_threads()),
      planner_(inputs_.dataset().lengths(), inputs_.dataset().target_counts(), planner_options()),
      total_steps_(config.schedule.max_steps > 0 ? config.schedule.max_steps
                                                 : planner_.steps_for(config.schedule.num_train_epochs)),
      warmup_steps_(hone::warmup_steps(config.schedule, total_steps_)),
      launch_(launch) {
  hosts_ = gather_hosts(comm_, session.host(), static_cast<int>(host_cores().count()));
  memory_ =
      run_memory(config, inputs_, sharding(), planner_options().pack_capacity, checkpoint_size().in_memory);
}

Sharding TrainingRun::sharding() const {
  const at::ScalarType storage = config_.precision.bf16   ? at::kBFloat16
                                 : config_.precision.fp16 ? at::kHalf
                                                          : at::kFloat;
  if (!device_.is_cuda()) return {config_.zero.zero_stage, comm_.size(), storage, at::kFloat, at::kCPU};
  return {.stage = config_.zero.zero_stage,
          .ranks = comm_.size(),
          .storage = storage,
          .compute = storage,
          .device = at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device_.index)),
          .host_optimizer = config_.zero.offload_optimizer,
          .host_parameters = config_.zero.offload_param};
}

StepPlanner::Options TrainingRun::planner_options() const {
  StepPlanner::Options options;
  options.ranks = comm_.size();
  options.per_device_batch = config_.batch.per_device_train_batch_size;
  options.accumulation = config_.batch.gradient_accumulation_steps;
  options.seed = static_cast<std::uint64_t>(config_.run.data_seed.value_or(config_.run.seed));
  if (config_.data.packing == Packing::kBestFit) {
    options.pack_capacity = config_.data.model_max_length > 0
                                ? config_.data.model_max_length
                                : static_cast<std::int64_t>(inputs_.dataset().manifest().model_max_length);
  }
  return options;
}

RunReport TrainingRun::report() const {
  return {.config = config_,
          .model = plan(),
          .dataset = inputs_.dataset(),
          .planner = planner_,
          .hosts = hosts_,
          .device = device_,
          .sharding = sharding(),
          .rank = comm_.rank(),
          .ranks = comm_.size(),
          .host = session_.host(),
          .cores_of_ranks = session_.local_cores(),
          .threads = threads_,
          .total_steps = total_steps_,
          .warmup_steps = warmup_steps_,
          .memory = memory_,
          .checkpoint = checkpoint_size()};
}

void TrainingRun::print_plan() const { hone::print_plan(report()); }

Fingerprint TrainingRun::fingerprint() const {
  return run_fingerprint(
      config_, inputs_.dataset().manifest(),
      {total_steps_, warmup_steps_, planner_.global_batch(), planner_options().pack_capacity},
      inputs_.start(), plan().lora ? &*plan().lora : nullptr);
}

void TrainingRun::check_start() const { hone::check_start(config_, fingerprint(), comm_); }

ExitCode TrainingRun::train(const std::string& command_line) {
  const c10::InferenceMode inference;
  ops::take_threads(threads_);
  const Fingerprint fingerprint = this->fingerprint();
  comm_.activity().start("checking checkpoints");
  const RunStart begin = prepare_start(config_, fingerprint, session_.host(), comm_);
  if (begin.finished) return ExitCode::kDone;
  RunRequests requests(config_.save.output_dir, config_.run.max_hours, launch_, comm_);

  const Clock::time_point loading = Clock::now();
  comm_.activity().start("loading weights");
  units_.emplace(plan().table, comm_, sharding(), config_.adapter.quant_type);
  units_->load(inputs_.first_values());
  if (!begin.from)
    require_finite_start(*units_, inputs_.output_formats(), config_.model.model_name_or_path, comm_);
  const auto& optimizer = config_.optimizer;
  AdamW adamw(units_->trained(), {optimizer.adam_beta1, optimizer.adam_beta2, optimizer.adam_epsilon,
                                  optimizer.weight_decay, optimizer.weight_decay_all});
  if (config_.precision.fp16) loss_scaler_.emplace(config_.precision.loss_scale);
  LossScaler* const scaler = loss_scaler_ ? &*loss_scaler_ : nullptr;
  comm_.activity().start("measuring the matmul peak");  // before memory is brought for checkpoints beside it
  const double matmul_peak = comm_.all_reduce_scalar(measure_matmul_peak(sharding()));
  Checkpointing checkpoints(config_, fingerprint, total_steps_, comm_, *units_, adamw,
                            inputs_.checkpoint_output(), scaler);
  if (begin.from) resumed_step_ = checkpoints.resume(*begin.from);
  log::info("loaded     in {:.1f} s", seconds_since(loading));
  for (const std::string& line : resident_lines(plan(), *units_)) log::info("{}", line);

  model_.emplace(plan().config, units_->weights(), plan().lora_maths());
  rope_.emplace(plan().config, inputs_.longest_row(), at::kFloat, sharding().device);
  BatchBuilder batches(inputs_.dataset(), *rope_, plan().config.vocab_size);
  if (plan().lora && plan().lora->dropout > 0)
    batches.draw_dropout(static_cast<std::uint64_t>(config_.run.seed));
  const auto schedule =
      LearningRateSchedule::make({config_.schedule.lr_scheduler_type, config_.schedule.learning_rate,
                                  warmup_steps_, total_steps_, config_.schedule.lr_scheduler_kwargs});
  Trainer trainer(
      {optimizer.max_grad_norm,
       config_.precision.gradient_checkpointing ? Activations::kRecompute : Activations::kKeep, scaler},
      plan().config, comm_, planner_, batches, schedule, *units_, *model_, adamw, requests);
  ProgressLog progress({.output = config_.save.output_dir,
                        .logging_steps = config_.run.logging_steps,
                        .total_steps = total_steps_,
                        .resumed_step = resumed_step_,
                        .matmul_peak = matmul_peak,
                        .loss_scale = scaler != nullptr},
                       comm_);
  if (comm_.rank() == 0) {
    const WritingToDisk writing(comm_.activity());
    write_run_json(report(), command_line);
  }
  progress.start();

  double epoch = 0, longest_step = 0;
  if (begin.from) {
    epoch = planner_.plan(resumed_step_ - 1).epoch;
    // A stop breaks an evaluation off: the one that the checkpoint lacks comes first.
    if (!checkpoints.knows_evaluation(resumed_step_))
      evaluate_if_due(resumed_step_, epoch, checkpoints, progress, requests);
  }
  requests.sum_and_agree(0);  // signals that came meanwhile
  requests.reserve(checkpoints.seconds_to_save());
  TrafficTotal traffic;
  std::int64_t done = resumed_step_;
  while (done < total_steps_ && !requests.stop() && !checkpoints.stops_early()) {
    std::atomic_ref(current_step_).store(done + 1);  // the watchdog's thread reads it
    const Clock::time_point begun = Clock::now();
    const StepReport step = trainer.step(done);
    longest_step = std::max(longest_step, seconds_since(begun));
    requests.reserve(longest_step + checkpoints.seconds_to_save());
    done = step.step;
    epoch = step.epoch;
    traffic.add(step);
    progress.step(step, scaler != nullptr ? scaler->scale() : 1);
    evaluate_if_due(done, epoch, checkpoints, progress, requests);
    if (requests.take_save()) checkpoints.want_one();
    if (!requests.stop()) checkpoints.after_step(done, epoch);
  }
  if (const auto request = requests.stop()) {
    if (done > 0) checkpoints.save_and_wait(done, epoch);
    log::info("stopped    {}", stop_notice(*request, config_.save, done, total_steps_));
    return ExitCode::kRequeue;
  }
  checkpoints.finish();
  if (done < total_steps_)
    log::info("stopped    after step {}: {} evaluations brought nothing better", done,
              config_.eval.early_stopping_patience);
  checkpoints.load_best(done);

  save_result(done, fingerprint);
  for (const std::string& line : traffic_lines(plan(), traffic)) log::info("{}", line);
  log::info("memory     {} at most on one rank (estimate {})",
            human_bytes(comm_.all_reduce_scalar(peak_bytes(sharding().device), ReduceOp::kMax)),
            human_bytes(memory_.computing));
  log::info("done       {} steps in {}", done - resumed_step_, human_duration(progress.seconds()));
  return ExitCode::kDone;
}

void TrainingRun::save_result(std::int64_t done, const Fingerprint& fingerprint) {
  const Clock::time_point saving = Clock::now();
  require_finite_weights(*units_, inputs_.output_formats(), done, comm_);
  comm_.activity().start("saving the model");
  {
    const WritingToDisk writing(comm_.activity());
    save_units(config_.save.output_dir, *units_, comm_, inputs_.output());
    if (comm_.rank() == 0) mark_finished(config_.save.output_dir, done, fingerprint);
  }
  log::info("saved      {} in {:.1f} s", config_.save.output_dir, seconds_since(saving));
}

CheckpointSize TrainingRun::checkpoint_size() const {
  return hone::checkpoint_size(plan().table, comm_.size(), inputs_.checkpoint_output());
}

bool TrainingRun::evaluation_due(std::int64_t step, double epoch) const {
  return inputs_.eval_dataset() &&
         is_due(config_.eval.eval_strategy, eval_interval(config_), step, epoch, total_steps_);
}

void TrainingRun::evaluate_if_due(std::int64_t step, double epoch, Checkpointing& checkpoints,
                                  ProgressLog& progress, RunRequests& requests) {
  if (!evaluation_due(step, epoch) || requests.stop()) return;
  BatchBuilder batches(*inputs_.eval_dataset(), *rope_, plan().config.vocab_size);
  const EvalPlanner planner(inputs_.eval_dataset()->target_counts(), comm_.size(),
                            config_.batch.per_device_eval_batch_size);
  const auto report = evaluate(*model_, *units_, comm_, planner, batches, requests);
  if (!report) return;
  progress.evaluation(step, *report);
  checkpoints.evaluated(step, report->loss);
}

}  // namespace hone
