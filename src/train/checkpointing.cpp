#include "train/checkpointing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "checkpoint/checkpoint_folder.hpp"
#include "checkpoint/retention.hpp"
#include "train/metrics.hpp"
#include "zero/tensor_buffer.hpp"

namespace hone {
namespace {

// Files of other hosts may show late on network disks.
constexpr std::chrono::milliseconds kVisibilityPatience = std::chrono::seconds(60);
// What a slow network disk takes: --max_hours leaves room for a first checkpoint.
constexpr double kGuessedBytesPerSecond = 100e6;

std::int64_t free_bytes(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  return error ? -1 : static_cast<std::int64_t>(space.available);
}

// The folder itself, or the nearest one above it that is there.
std::filesystem::path existing_part(std::filesystem::path folder) {
  folder = std::filesystem::absolute(folder);
  while (!std::filesystem::exists(folder) && folder != folder.parent_path()) folder = folder.parent_path();
  return folder;
}

std::string shown_size(std::int64_t bytes) { return human_bytes(static_cast<double>(bytes)); }

OrderedJson read_log_history(const std::filesystem::path& output, std::int64_t step) {
  OrderedJson history = OrderedJson::array();
  std::istringstream lines(metrics_up_to(output / "metrics.jsonl", step));
  for (std::string line; std::getline(lines, line);) history.push_back(OrderedJson::parse(line));
  return history;
}

}  // namespace

CheckpointSize checkpoint_size(const std::vector<UnitSpec>& table, int ranks,
                               const std::optional<ModelOutput>& output) {
  std::int64_t ranges = 0, largest = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    std::int64_t elements = 0;
    for (const UnitSpec& unit : table) {
      const UnitSpec trained = with_role(unit, WeightRole::kTrained);
      for (const ShardSlice& slice : ShardLayout(trained, ranks).slices(rank)) {
        elements += slice.count;
        ++ranges;
      }
    }
    largest = std::max(largest, elements);
  }
  constexpr auto kBytes = static_cast<std::int64_t>(sizeof(float) * kStateKinds.size());
  return {state_bytes(parameter_count(table, WeightRole::kTrained), ranges) +
              (output ? output_bytes(table, *output) : 0),
          largest * kBytes};
}

void announce_checkpoints(const SaveOptions& save, const CheckpointSize& size, int rank) {
  if (save.save_strategy == Interval::kNo) {
    log::info("checkpoint none (--save_strategy no) unless the run is stopped: then {}",
              shown_size(size.on_disk));
  } else {
    const std::string when =
        save.save_strategy == Interval::kEpoch
            ? std::string("every epoch")
            : fmt::format("every {} step{}", save.save_steps, save.save_steps == 1 ? "" : "s");
    const std::string kept = save.save_total_limit > 0
                                 ? fmt::format("{} of them (and the best one) kept", save.save_total_limit)
                                 : std::string("all kept");
    log::info("checkpoint {}, {} each, {}", when, shown_size(size.on_disk), kept);
  }
  if (rank != 0 || save.output_dir.empty()) return;
  const std::int64_t available = free_bytes(existing_part(save.output_dir));
  if (available >= 0 && available < size.on_disk) {
    log::warn("no room for a checkpoint in {}: it needs {}, {} are free", save.output_dir,
              shown_size(size.on_disk), shown_size(available));
  }
}

Checkpointing::Checkpointing(const TrainConfig& config, const Fingerprint& fingerprint,
                             std::int64_t total_steps, Communicator& comm, UnitStore& units, AdamW& optimizer,
                             std::optional<ModelOutput> output, LossScaler* scaler)
    : config_(config),
      fingerprint_(fingerprint),
      total_steps_(total_steps),
      comm_(comm),
      units_(units),
      optimizer_(optimizer),
      output_(config.save.output_dir),
      for_others_(std::move(output)),
      scaler_(scaler),
      size_(checkpoint_size(units.table(), comm.size(), for_others_)),
      place_(place_of(units.trained().front()->master())) {
  if (config_.save.save_strategy == Interval::kNo) return;
  reserve_snapshot(state_to_write(units_, optimizer_, comm_.rank(), comm_.size()), *snapshot_);
  room_.start([snapshot = snapshot_] { snapshot->memory->populate(); });
}

std::int64_t Checkpointing::resume(const ResumePoint& from) {
  const CheckpointManifest& manifest = from.manifest;
  require_same_parameters(trained_parameters(units_.table()), manifest.parameters, from.folder);
  const StateReader reader(from.folder, manifest.files, manifest.parameters);
  load_masters(units_, reader);
  load_moments(units_, optimizer_, reader, comm_.rank());
  optimizer_.set_steps(manifest.updates);
  if (scaler_ != nullptr && manifest.loss_scale) scaler_->resume(*manifest.loss_scale);
  evaluations_ = evaluations_of(from.trainer_state.at("log_history"));
  std::error_code ignored;
  if (std::filesystem::equivalent(from.folder, output_ / checkpoint_name(manifest.step), ignored))
    newest_ = manifest.step;  // not so for another run's checkpoint that a new folder goes on from
  log::info("resumed    weights, optimizer and position of step {} from {} ({} rank{} then, {} now)",
            manifest.step, from.folder.string(), manifest.ranks, manifest.ranks == 1 ? "" : "s",
            comm_.size());
  return manifest.step;
}

void Checkpointing::evaluated(std::int64_t step, double loss) {
  evaluations_.push_back({step, std::isfinite(loss) ? loss : INFINITY});
}

bool Checkpointing::knows_evaluation(std::int64_t step) const {
  return std::any_of(evaluations_.begin(), evaluations_.end(),
                     [&](const Evaluation& evaluation) { return evaluation.step == step; });
}

bool Checkpointing::stops_early() const {
  const std::int64_t patience = config_.eval.early_stopping_patience;
  return patience > 0 && evaluations_without_improvement(evaluations_) >= patience;
}

bool Checkpointing::due(std::int64_t step, double epoch) const {
  switch (config_.save.save_strategy) {
    case Interval::kNo: return false;
    case Interval::kSteps: return step % config_.save.save_steps == 0 || step == total_steps_;
    case Interval::kEpoch: return epoch == std::floor(epoch) || step == total_steps_;
  }
  return false;
}

// A checkpoint that someone asked for must not change which one is the best.
bool Checkpointing::may_be_best(std::int64_t step) const {
  return config_.save.save_strategy != Interval::kSteps || due(step, 0);
}

std::vector<std::int64_t> Checkpointing::best_candidates(std::vector<std::int64_t> steps) const {
  std::erase_if(steps, [this](std::int64_t step) { return !may_be_best(step); });
  return steps;
}

void Checkpointing::after_step(std::int64_t step, double epoch) {
  comm_.activity().start(fmt::format("step {}: checkpoints", step));
  advance();
  const bool strategy = config_.save.save_strategy != Interval::kNo;
  if (!due(step, epoch) && !(stops_early() && strategy) && !wanted_) return;
  wanted_ = false;
  // Without a strategy no memory was set aside for a copy.
  if (strategy) {
    save(step, epoch);
  } else {
    save_and_wait(step, epoch);
  }
}

void Checkpointing::save(std::int64_t step, double epoch) {
  const auto start = std::chrono::steady_clock::now();
  finish();
  comm_.activity().start(fmt::format("copying the state of {}", checkpoint_name(step)));
  room_.wait();
  take_snapshot(state_to_write(units_, optimizer_, comm_.rank(), comm_.size()), *snapshot_, place_);
  begin(step, epoch, snapshot_, start);
}

void Checkpointing::save_and_wait(std::int64_t step, double epoch) {
  const auto start = std::chrono::steady_clock::now();
  finish();
  if (newest_ == step) return;
  if (place_ == DeviceKind::kCpu) {
    begin(step, epoch,
          std::make_shared<StateSnapshot>(
              without_copy(state_to_write(units_, optimizer_, comm_.rank(), comm_.size()))),
          start);
  } else {
    save(step, epoch);
  }
  finish();
}

double Checkpointing::seconds_to_save() const {
  return longest_seconds_ > 0 ? longest_seconds_
                              : static_cast<double>(size_.on_disk) / kGuessedBytesPerSecond;
}

void Checkpointing::begin(std::int64_t step, double epoch, std::shared_ptr<const StateSnapshot> snapshot,
                          std::chrono::steady_clock::time_point start) {
  require_room();
  if (comm_.all_reduce_scalar(snapshot->finite ? 0 : 1, ReduceOp::kMax) != 0) {
    throw Error(ExitCode::kDiverged, fmt::format("training diverged at step {}", step),
                "the weights hold inf or nan",
                "no checkpoint was written over earlier ones; lower --learning_rate");
  }
  newest_ = step;
  write_ = {step, optimizer_.steps(), std::nullopt, "", {}, start, 0, std::make_shared<Written>()};
  if (scaler_ != nullptr) write_.loss_scale = scaler_->state();
  if (comm_.rank() == 0) write_.trainer_state = trainer_state_text(step, epoch, write_.doomed);
  task_.start([folder = unfinished_checkpoint(output_, step), rank = comm_.rank(), ranks = comm_.size(), step,
               snapshot = std::move(snapshot), written = write_.written, &activity = comm_.activity()] {
    const WritingToDisk writing(activity);
    const auto begin = std::chrono::steady_clock::now();
    std::filesystem::create_directories(folder);
    written->file = write_state_file(folder, rank, ranks, step, snapshot->state);
    written->seconds += seconds_since(begin);
  });
  phase_ = Phase::kWriting;
  write_.waited = seconds_since(start);
}

void Checkpointing::require_room() const {
  double available = comm_.rank() == 0 ? static_cast<double>(free_bytes(output_)) : 0;
  available = comm_.all_reduce_scalar(available);
  if (available < 0 || available >= static_cast<double>(size_.on_disk)) return;
  fail_run(fmt::format("no room for a checkpoint in {}", output_.string()),
           fmt::format("it needs {}, {} are free", shown_size(size_.on_disk), human_bytes(available)),
           "earlier checkpoints are whole; free some space and start again");
}

void Checkpointing::advance() {
  while (phase_ != Phase::kIdle) {
    const auto state = comm_.all_reduce_scalar(static_cast<double>(task_.state()), ReduceOp::kMax);
    if (state == static_cast<double>(BackgroundTask::State::kFailed)) fail_write();
    if (state == static_cast<double>(BackgroundTask::State::kRunning)) return;
    if (phase_ == Phase::kWriting) {
      begin_commit();
      phase_ = Phase::kCommitting;
      return;
    }
    phase_ = Phase::kIdle;
    longest_seconds_ = std::max(longest_seconds_, write_.written->seconds);
    log::info("checkpoint {} after {:.1f} s, of which training waited {:.1f} s{}",
              (output_ / checkpoint_name(write_.step)).string(), seconds_since(write_.start), write_.waited,
              write_.doomed.empty() ? "" : fmt::format("; removed step {}", fmt::join(write_.doomed, ", ")));
  }
}

void Checkpointing::finish() {
  if (phase_ == Phase::kIdle) return;
  comm_.activity().start(fmt::format("waiting for the write of {}", checkpoint_name(write_.step)));
  while (phase_ != Phase::kIdle) {
    task_.wait();
    advance();
  }
}

void Checkpointing::begin_commit() {
  const std::vector<std::string> files = comm_.gather_strings(to_json(write_.written->file).dump());
  if (comm_.rank() != 0) {
    task_ = BackgroundTask();
    return;
  }
  CheckpointManifest manifest;
  manifest.program = fmt::format("hone-train {} ({})", kVersion, kGitHash);
  manifest.step = write_.step;
  manifest.updates = write_.updates;
  manifest.loss_scale = write_.loss_scale;
  manifest.ranks = comm_.size();
  manifest.zero_stage = config_.zero.zero_stage;
  manifest.parameters = trained_parameters(units_.table());
  manifest.fingerprint = fingerprint_;
  manifest.config = to_json(config_);
  for (const std::string& file : files)
    manifest.files.push_back(parse_state_file(Json::parse(file), "a rank's state file"));
  task_.start([output = output_, manifest, state = write_.trainer_state, doomed = write_.doomed,
               table = units_.table(), for_others = for_others_, written = write_.written,
               &activity = comm_.activity()] {
    const WritingToDisk writing(activity);
    const auto begin = std::chrono::steady_clock::now();
    commit_checkpoint(output, manifest, state, kVisibilityPatience, [&](const std::filesystem::path& folder) {
      if (!for_others) return;
      const StateReader masters(folder, manifest.files, manifest.parameters);
      // Their finiteness in fp32 was looked at before the state was written.
      write_output(folder, table, masters, *for_others, [](const WeightPart&, const std::vector<float>&) {});
    });
    written->seconds += seconds_since(begin);
    for (const std::int64_t step : doomed) remove_checkpoint(output, step);
  });
}

void Checkpointing::fail_write() {
  const std::vector<std::string> reasons =
      comm_.gather_strings(task_.state() == BackgroundTask::State::kFailed ? task_.failure() : "");
  for (std::size_t rank = 0; rank < reasons.size(); ++rank) {
    if (reasons[rank].empty()) continue;
    fail_run(fmt::format("{} could not be written", checkpoint_name(write_.step)),
             fmt::format("rank {}: {}", rank, reasons[rank]), "earlier checkpoints are whole");
  }
}

std::string Checkpointing::trainer_state_text(std::int64_t step, double epoch,
                                              std::vector<std::int64_t>& doomed) const {
  std::vector<std::int64_t> steps = checkpoint_steps(output_);
  steps.push_back(step);
  TrainerState state;
  state.global_step = step;
  state.epoch = epoch;
  state.max_steps = total_steps_;
  state.num_train_epochs = config_.schedule.num_train_epochs;
  state.logging_steps = config_.run.logging_steps;
  state.eval_steps = config_.eval.eval_steps;
  state.save_steps = config_.save.save_steps;
  state.train_batch_size = config_.batch.per_device_train_batch_size;
  state.best = best_evaluation(evaluations_, best_candidates(steps));
  std::optional<std::int64_t> best;
  if (state.best) {
    best = state.best->step;
    state.best_model_checkpoint = (output_ / checkpoint_name(*best)).string();
  }
  state.early_stopping_patience = config_.eval.early_stopping_patience;
  state.early_stopping_counter = evaluations_without_improvement(evaluations_);
  state.log_history = read_log_history(output_, step);
  doomed = checkpoints_to_remove(std::move(steps), config_.save.save_total_limit, step, best);
  return to_json(state).dump(2) + "\n";
}

void Checkpointing::load_best(std::int64_t step) {
  if (!config_.save.load_best_model_at_end) return;
  std::vector<std::int64_t> steps = checkpoint_steps(output_);
  steps.push_back(step);
  const auto best = best_evaluation(evaluations_, best_candidates(steps));
  const auto chosen = static_cast<std::int64_t>(
      comm_.all_reduce_scalar(comm_.rank() == 0 && best ? static_cast<double>(best->step) : 0));
  if (chosen == 0 || chosen == step) return;
  const std::filesystem::path folder = output_ / checkpoint_name(chosen);
  const CheckpointManifest manifest = read_checkpoint_manifest(folder);
  load_masters(units_, StateReader(folder, manifest.files, manifest.parameters));
  log::info("best       the model is that of {}, with the lowest eval_loss", folder.string());
}

}  // namespace hone
