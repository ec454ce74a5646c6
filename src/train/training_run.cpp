#include "train/training_run.hpp"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "adapter/lora_init.hpp"
#include "adapter/lora_table.hpp"
#include "base/atomic_file.hpp"
#include "base/clock.hpp"
#include "base/cores.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "checkpoint/model_fingerprint.hpp"
#include "checkpoint/side_files.hpp"
#include "comm/cuda_device.hpp"
#include "comm/nccl_info.hpp"
#include "model/ops/linear_cpu.hpp"
#include "train/config/run_length.hpp"
#include "train/finite_check.hpp"
#include "train/flops.hpp"
#include "train/input_check.hpp"
#include "train/memory_estimate.hpp"
#include "train/rank_view.hpp"
#include "train/save_units.hpp"
#include "train/saved_form.hpp"
#include "train/stop_notice.hpp"

namespace hone {
namespace {

std::optional<Dataset> open_optional(const std::string& path) {
  if (path.empty()) return std::nullopt;
  return Dataset::open(path);
}

}  // namespace

TrainingRun::TrainingRun(const TrainConfig& config, MpiSession& session, Communicator& comm,
                         const Device& device, Clock::time_point launch, std::int64_t& current_step)
    : config_(config),
      session_(session),
      comm_(comm),
      device_(device),
      current_step_(current_step),
      plan_(plan_model(config.model, config.adapter)),
      reader_(config.model.model_name_or_path, plan_.base),
      dataset_(Dataset::open(config.data.data_path)),
      eval_dataset_(open_optional(config.data.eval_data_path)),
      threads_(config.run.threads > 0
                   ? config.run.threads
                   : compute_threads(affinity_cores(), host_cores(), session.local_size())),
      planner_(dataset_.lengths(), dataset_.target_counts(), planner_options()),
      total_steps_(config.schedule.max_steps > 0 ? config.schedule.max_steps
                                                 : planner_.steps_for(config.schedule.num_train_epochs)),
      warmup_steps_(hone::warmup_steps(config.schedule, total_steps_)),
      launch_(launch) {
  if (const std::string& start = config.adapter.lora_weight_path; !start.empty()) {
    adapter_.emplace(start, plan_.table, *plan_.lora);
  }
  if (comm_.rank() == 0) {  // the rank that will copy them
    for (const std::string& line : check_side_files(config.model.model_name_or_path)) log::warn("{}", line);
  }
  if (!reader_.note().empty() && comm_.rank() == 0) log::warn("{}", reader_.note());
  require_output_apart(config.save.output_dir, {config.model.model_name_or_path, config.data.data_path,
                                                config.data.eval_data_path, config.adapter.lora_weight_path});
  require_rows_fit(dataset_, config.data.model_max_length);
  require_dataset_fits_model(dataset_, config.model.model_name_or_path, plan_.config);
  if (eval_dataset_)
    require_dataset_fits_model(*eval_dataset_, config.model.model_name_or_path, plan_.config);
  hosts_ = gather_hosts(comm_, session.host(), host_cores());
  model_sha256_ = agree_on_inputs();
  if (adapter_ && comm_.rank() == 0) require_base_of_start();
  estimated_bytes_ =
      estimate_memory(
          plan_.config, plan_.table, sharding(),
          config.precision.gradient_checkpointing ? Activations::kRecompute : Activations::kKeep,
          heaviest_micro_batch(dataset_.lengths(), dataset_.target_counts(),
                               config.batch.per_device_train_batch_size, planner_options().pack_capacity))
          .total();
  if (config.save.save_strategy != Interval::kNo && !device.is_cuda())
    estimated_bytes_ += static_cast<double>(checkpoint_size().in_memory);
}

// Each host may have files of its own; reading a model folder once on each is enough. Returns its SHA-256.
std::string TrainingRun::agree_on_inputs() const {
  const std::string model =
      session_.local_rank() == 0 ? model_fingerprint(config_.model.model_name_or_path) : "";
  const RankView own = {session_.host(),
                        to_json(config_),
                        {{"model_name_or_path", model},
                         {"data_path", content_sha256(dataset_.manifest())},
                         {"eval_data_path", eval_dataset_ ? content_sha256(eval_dataset_->manifest()) : ""}}};
  std::vector<RankView> views;
  for (const std::string& text : comm_.gather_strings(to_json(own).dump()))
    views.push_back(parse_rank_view(text));
  require_same_view(views);
  return views.front().inputs["model_name_or_path"].get<std::string>();
}

void TrainingRun::require_base_of_start() const {
  const std::string& start = config_.adapter.lora_weight_path;
  if (!adapter_->origin()) {
    log::info("start      {} records no base model; its shapes fit this one", start);
    return;
  }
  const std::vector<std::string>& allowed = config_.save.allow_changed;
  if (std::find(allowed.begin(), allowed.end(), "model_name_or_path") != allowed.end()) return;
  require_same_base(adapter_->origin()->base_fingerprint, model_sha256_, start,
                    config_.model.model_name_or_path,
                    "give that base, or say --allow_changed model_name_or_path");
}

Sharding TrainingRun::sharding() const {
  const at::ScalarType storage = config_.precision.bf16   ? at::kBFloat16
                                 : config_.precision.fp16 ? at::kHalf
                                                          : at::kFloat;
  if (!device_.is_cuda()) return {config_.zero.zero_stage, comm_.size(), storage, at::kFloat, at::kCPU};
  return {config_.zero.zero_stage, comm_.size(), storage, storage,
          at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device_.index))};
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
                                : static_cast<std::int64_t>(dataset_.manifest().model_max_length);
  }
  return options;
}

void TrainingRun::print_plan() const {
  const auto rows = static_cast<std::int64_t>(dataset_.rows());
  log::info("hone-train {} ({})", kVersion, kGitHash);
  log::info("job        {}; {} thread{} each, device {}, ZeRO stage {}{}", describe(hosts_), threads_,
            threads_ == 1 ? "" : "s", device_.is_cuda() ? "cuda" : "cpu", config_.zero.zero_stage,
            config_.precision.bf16   ? ", bf16 storage"
            : config_.precision.fp16 ? ", fp16 storage"
                                     : "");
  if (device_.is_cuda()) print_device();
  log::info("model      {} {}, {} parameters, {}", config_.model.model_name_or_path,
            plan_.config.architecture, human_count(parameter_count(plan_.base)), describe_trained(plan_));
  if (plan_.quantised()) {
    log::info(
        "quantised  {} parameters in 4 bits with double quantisation; embeddings, head and norms are not",
        human_count(parameter_count(plan_.table, WeightRole::kQuantised)));
  }
  log::info("data       {}: {} rows, {} tokens, {} targets", config_.data.data_path, human_count(rows),
            human_count(static_cast<std::int64_t>(dataset_.manifest().counts.tokens)),
            human_count(static_cast<std::int64_t>(dataset_.manifest().counts.targets)));
  log::info("batch      {} = {} ranks x {} rows x {} accumulation", planner_.global_batch(), comm_.size(),
            config_.batch.per_device_train_batch_size, config_.batch.gradient_accumulation_steps);
  log::info("steps      {} ({} an epoch), {} of them warm-up, {} to {:g}", total_steps_,
            planner_.steps_in_epoch(0), warmup_steps_, config_.schedule.lr_scheduler_type,
            config_.schedule.learning_rate);
  log::info("memory     {} a rank (estimate)", human_bytes(estimated_bytes_));
  if (config_.precision.bf16 && !device_.is_cuda())
    log::info("precision  bf16 for storage and gathers; computing in fp32, this CPU's faster format");
  if (config_.precision.fp16) {
    const LossScaleOptions& scale = config_.precision.loss_scale;
    if (!device_.is_cuda())
      log::info("precision  fp16 for storage and gathers; computing in fp32, this CPU's faster format");
    log::info("loss scale {:g}{}", LossScaler(scale).scale(),
              scale.fixed > 0
                  ? ", fixed"
                  : fmt::format(", doubled after {} steps without overflow, halved by {}, down to {:g}",
                                scale.window,
                                scale.hysteresis == 1 ? "each" : fmt::format("the {}th", scale.hysteresis),
                                scale.minimum));
  }
  if (threads_ * session_.local_size() < host_cores() && comm_.rank() == 0 && !device_.is_cuda()) {
    log::warn("{} of {} cores on {} will idle; start with `mpirun --bind-to none`, or set --threads",
              host_cores() - threads_ * session_.local_size(), host_cores(), session_.host());
  }
  announce_checkpoints(config_.save, checkpoint_size(), comm_.rank());
}

void TrainingRun::print_device() const {
  const CudaProperties card = cuda_properties(device_.index);
  log::info("device     {} on rank 0: {}, {}, compute capability {}.{}", name_of(device_), card.name,
            human_bytes(static_cast<double>(card.memory_bytes)), card.major, card.minor);
  if (comm_.size() > 1) log::info("network    {}", describe(nccl_surroundings(), nccl_library_version()));
  const Sharding how = sharding();
  log::info("precision  computing in {}; masters, moments and reductions in fp32",
            how.compute == at::kBFloat16 ? "bf16"
            : how.compute == at::kHalf   ? "fp16"
                                         : "fp32");
  if (ops::attention_kernel(how.device, how.compute, plan_.config.head_dim) == ops::AttentionKernel::kPlain &&
      comm_.rank() == 0) {
    log::warn(
        "attention is computed by plain products, whose memory grows with the square of a row's length: "
        "flash "
        "attention takes --bf16 and a head_dim that is a multiple of 8, at most 256 (it is {})",
        plan_.config.head_dim);
  }
}

ExitCode TrainingRun::train(const std::string& command_line) {
  const c10::InferenceMode inference;
  ops::limit_kernel_caches();
  at::set_num_threads(threads_);
  const Fingerprint fingerprint = run_fingerprint(
      config_, dataset_.manifest(),
      {total_steps_, warmup_steps_, planner_.global_batch(), planner_options().pack_capacity}, model_sha256_);
  comm_.activity().start("checking checkpoints");
  const RunStart begin = prepare_start(config_, fingerprint, session_.host(), comm_);
  if (begin.finished) {
    log::info("finished   {} holds this run's model already; nothing to do", config_.save.output_dir);
    return ExitCode::kDone;
  }
  RunRequests requests(config_.save.output_dir, config_.run.max_hours, launch_, comm_);
  requests.clear_left_over();
  start_ = Clock::now();

  comm_.activity().start("loading weights");
  load_weights();
  const auto& optimizer = config_.optimizer;
  AdamW adamw(units_->trained(), {optimizer.adam_beta1, optimizer.adam_beta2, optimizer.adam_epsilon,
                                  optimizer.weight_decay, optimizer.weight_decay_all});
  if (config_.precision.fp16) loss_scaler_.emplace(config_.precision.loss_scale);
  LossScaler* const scaler = loss_scaler_ ? &*loss_scaler_ : nullptr;
  Checkpointing checkpoints(config_, fingerprint, total_steps_, comm_, *units_, adamw, checkpoint_output(),
                            scaler);
  if (begin.from) resumed_step_ = checkpoints.resume(*begin.from);
  log::info("loaded     in {:.1f} s", seconds_since(start_));
  for (const std::string& line : resident_lines(plan_, *units_)) log::info("{}", line);
  comm_.activity().start("measuring the matmul peak");
  matmul_peak_ = comm_.all_reduce_scalar(measure_matmul_peak(sharding()));

  model_.emplace(plan_.config, units_->weights(), plan_.lora_maths());
  const auto longest = [](const Dataset& data) {
    return *std::max_element(data.lengths().begin(), data.lengths().end());
  };
  rope_.emplace(plan_.config, std::max(longest(dataset_), eval_dataset_ ? longest(*eval_dataset_) : 0U),
                at::kFloat, sharding().device);
  BatchBuilder batches(dataset_, *rope_, plan_.config.vocab_size);
  if (plan_.lora && plan_.lora->dropout > 0)
    batches.draw_dropout(static_cast<std::uint64_t>(config_.run.seed));
  const auto schedule =
      LearningRateSchedule::make({config_.schedule.lr_scheduler_type, config_.schedule.learning_rate,
                                  warmup_steps_, total_steps_, config_.schedule.lr_scheduler_kwargs});
  Trainer trainer(
      {optimizer.max_grad_norm,
       config_.precision.gradient_checkpointing ? Activations::kRecompute : Activations::kKeep, scaler},
      plan_.config, comm_, planner_, batches, schedule, *units_, *model_, adamw, requests);
  if (comm_.rank() == 0) {
    const WritingToDisk writing(comm_.activity());
    metrics_.emplace(std::filesystem::path(config_.save.output_dir) / "metrics.jsonl", resumed_step_);
    write_run_json(command_line);
  }

  Window window{Clock::now()};
  start_ = window.start;
  double epoch = 0, longest_step = 0;
  if (begin.from) {
    epoch = planner_.plan(resumed_step_ - 1).epoch;
    // A stop breaks an evaluation off: the one that the checkpoint lacks comes first.
    if (!checkpoints.knows_evaluation(resumed_step_))
      evaluate_if_due(resumed_step_, epoch, checkpoints, requests);
  }
  requests.sum_and_agree(0);  // signals that came meanwhile
  requests.reserve(checkpoints.seconds_to_save());
  std::int64_t done = resumed_step_;
  while (done < total_steps_ && !requests.stop() && !checkpoints.stops_early()) {
    std::atomic_ref(current_step_).store(done + 1);  // the watchdog's thread reads it
    const Clock::time_point begun = Clock::now();
    const StepReport report = trainer.step(done);
    longest_step = std::max(longest_step, seconds_since(begun));
    requests.reserve(longest_step + checkpoints.seconds_to_save());
    done = report.step;
    epoch = report.epoch;
    window.tokens += report.tokens;
    window.flops += report.flops;
    traffic_.add(report);
    if (report.skipped) log_skipped(report);
    if (done % config_.run.logging_steps == 0 || done == total_steps_) log_step(report, window);
    evaluate_if_due(done, epoch, checkpoints, requests);
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

  const Clock::time_point saving = Clock::now();
  require_finite_weights(*units_, output_formats(), done, comm_);
  comm_.activity().start("saving the model");
  {
    const WritingToDisk writing(comm_.activity());
    save_units(config_.save.output_dir, *units_, comm_, output());
    if (comm_.rank() == 0) mark_finished(config_.save.output_dir, done, fingerprint);
  }
  log::info("saved      {} in {:.1f} s", config_.save.output_dir, seconds_since(saving));
  for (const std::string& line : traffic_lines(plan_, traffic_)) log::info("{}", line);
  log::info("memory     {} at most on one rank (estimate {})",
            human_bytes(comm_.all_reduce_scalar(peak_bytes(sharding().device), ReduceOp::kMax)),
            human_bytes(estimated_bytes_));
  log::info("done       {} steps in {}", done - resumed_step_, human_duration(seconds_since(start_)));
  return ExitCode::kDone;
}

void TrainingRun::load_weights() {
  units_.emplace(plan_.table, comm_, sharding(), config_.adapter.quant_type);
  units_->load([&](const WeightPart& part, std::int64_t offset, std::int64_t count, float* out) {
    if (adapter_ && adapter_->holds(part)) {
      adapter_->read_range(part, offset, count, out);
    } else if (is_adapter_parameter(part.name)) {
      initial_adapter_values(part, static_cast<std::uint64_t>(config_.run.seed), offset, count, out);
    } else {
      reader_.read_range(part, offset, count, out);
    }
  });
}

WeightFormats TrainingRun::output_formats() const {
  return save_formats(config_.save.save_dtype, plan_.lora ? FloatFormat::kFloat32 : reader_.formats());
}

ModelOutput TrainingRun::output() const {
  const std::int64_t turn_end_id = dataset_.manifest().chat_template.turn_end_id;
  if (plan_.lora) return adapter_output(config_, *plan_.lora, model_sha256_, turn_end_id);
  return ModelWriter::Options{config_.model.model_name_or_path, output_formats(), config_.save.max_shard_size,
                              turn_end_id};
}

std::optional<ModelOutput> TrainingRun::checkpoint_output() const {
  if (!plan_.lora && !config_.save.save_hf_model) return std::nullopt;
  return output();
}

CheckpointSize TrainingRun::checkpoint_size() const {
  return hone::checkpoint_size(plan_.table, comm_.size(), checkpoint_output());
}

bool TrainingRun::evaluation_due(std::int64_t step, double epoch) const {
  if (!eval_dataset_) return false;
  switch (config_.eval.eval_strategy) {
    case Interval::kNo: return false;
    case Interval::kSteps: return step % eval_interval(config_) == 0 || step == total_steps_;
    case Interval::kEpoch: return epoch == std::floor(epoch) || step == total_steps_;
  }
  return false;
}

void TrainingRun::log_skipped(const StepReport& report) const {
  log::info("step {}/{}  the gradients overflowed at loss scale {:g}: no update; the next scale is {:g}",
            report.step, total_steps_, report.loss_scale, loss_scaler_->scale());
}

void TrainingRun::log_step(const StepReport& report, Window& window) {
  const double seconds = seconds_since(window.start);
  const double rate = static_cast<double>(window.tokens) / seconds,
               share = window.flops / seconds / matmul_peak_;
  const double left = seconds_since(start_) / static_cast<double>(report.step - resumed_step_) *
                      static_cast<double>(total_steps_ - report.step);
  log::info(
      "step {}/{}  epoch {:.2f}  loss {:.4f}  grad_norm {:.3f}  lr {:.3e}  {:.0f} tokens/s  {:.0f} % of peak "
      " {} left",
      report.step, total_steps_, report.epoch, report.loss, report.grad_norm, report.learning_rate, rate,
      100 * share, human_duration(left));
  comm_.activity().start(fmt::format("step {}: writing metrics", report.step));
  const WritingToDisk writing(comm_.activity());
  if (metrics_) {
    metrics_->write({report.step, report.epoch, report.loss, report.grad_norm, report.learning_rate,
                     report.tokens, report.targets, rate, share,
                     loss_scaler_ ? std::optional(report.loss_scale) : std::nullopt,
                     report.step - report.updates, report.traffic});
  }
  window = Window{Clock::now()};
}

void TrainingRun::evaluate_if_due(std::int64_t step, double epoch, Checkpointing& checkpoints,
                                  RunRequests& requests) {
  if (!evaluation_due(step, epoch) || requests.stop()) return;
  BatchBuilder batches(*eval_dataset_, *rope_, plan_.config.vocab_size);
  const EvalPlanner planner(eval_dataset_->target_counts(), comm_.size(),
                            config_.batch.per_device_eval_batch_size);
  const auto report = evaluate(*model_, *units_, comm_, planner, batches, requests);
  if (!report) return;
  log::info("step {}/{}  eval_loss {:.4f}  ({} targets)", step, total_steps_, report->loss,
            human_count(report->targets));
  if (metrics_) metrics_->write(EvalMetrics{step, report->loss, report->targets});
  checkpoints.evaluated(step, report->loss);
}

void TrainingRun::write_run_json(const std::string& command_line) const {
  OrderedJson host_list = OrderedJson::array();
  for (const Host& host : hosts_) host_list.push_back({{"host", host.name}, {"ranks", host.ranks}});
  const OrderedJson json = {{"program", fmt::format("hone-train {} ({})", kVersion, kGitHash)},
                            {"mpi", mpi_library_version()},
                            {"command_line", command_line},
                            {"ranks", comm_.size()},
                            {"hosts", host_list},
                            {"device", device_.is_cuda() ? cuda_properties(device_.index).name : "cpu"},
                            {"threads_per_rank", threads_},
                            {"total_steps", total_steps_},
                            {"config", to_json(config_)}};
  write_file_atomically(std::filesystem::path(config_.save.output_dir) / "run.json", json.dump(2) + "\n");
}

}  // namespace hone
