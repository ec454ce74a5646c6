#include "train/checkpointing.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "checkpoint/checkpoint_folder.hpp"
#include "checkpoint/state_reader.hpp"
#include "train/checkpoint_check.hpp"
#include "train/save_time.hpp"
#include "train/trained_parameters.hpp"
#include "zero/tensor_buffer.hpp"

namespace hone {

Checkpointing::Checkpointing(const TrainConfig& config, const Fingerprint& fingerprint,
                             std::int64_t total_steps, Communicator& comm, UnitStore& units, AdamW& optimizer,
                             std::optional<ModelOutput> output, LossScaler* scaler)
    : config_(config),
      comm_(comm),
      units_(units),
      optimizer_(optimizer),
      output_(config.save.output_dir),
      scaler_(scaler),
      size_(checkpoint_size(units.table(), comm.size(), output)),
      choice_(config, total_steps),
      write_(config, fingerprint, comm, units.table(), std::move(output)),
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
  write_.took(manifest.save_seconds.value_or(0));
  choice_.resume(from.trainer_state);
  // Another run's checkpoint, which a new folder goes on from, is none there. Rank 0 decides: a network disk
  // may not show every host the same, and a stop now must find all ranks of one mind.
  std::error_code ignored;
  const bool there = comm_.rank() == 0 && std::filesystem::equivalent(
                                              from.folder, output_ / checkpoint_name(manifest.step), ignored);
  newest_ = static_cast<std::int64_t>(
      comm_.all_reduce_scalar(there ? static_cast<double>(manifest.step) : 0, ReduceOp::kMax));
  log::info("resumed    weights, optimizer and position of step {} from {} ({} rank{} then, {} now)",
            manifest.step, from.folder.string(), manifest.ranks, manifest.ranks == 1 ? "" : "s",
            comm_.size());
  return manifest.step;
}

void Checkpointing::after_step(std::int64_t step, double epoch) {
  comm_.activity().start(fmt::format("step {}: checkpoints", step));
  write_.advance();
  const bool strategy = config_.save.save_strategy != Interval::kNo;
  if (!choice_.due(step, epoch) && !(stops_early() && strategy) && !wanted_) return;
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
  return seconds_for_save(write_.longest_seconds(), size_.on_disk, config_.run.max_hours * 3600);
}

void Checkpointing::begin(std::int64_t step, double epoch, std::shared_ptr<const StateSnapshot> snapshot,
                          std::chrono::steady_clock::time_point start) {
  require_room(output_, size_, comm_);
  if (comm_.all_reduce_scalar(snapshot->finite ? 0 : 1, ReduceOp::kMax) != 0) {
    throw Error(ExitCode::kDiverged, fmt::format("training diverged at step {}", step),
                "the weights hold inf or nan",
                "no checkpoint was written over earlier ones; lower --learning_rate");
  }
  newest_ = step;
  CheckpointContent content{step, optimizer_.steps(), std::nullopt, std::move(snapshot), {}, {}};
  if (scaler_ != nullptr) content.loss_scale = scaler_->state();
  if (comm_.rank() == 0) {
    auto [trainer_state, doomed] = choice_.decide(step, epoch);
    content.trainer_state = std::move(trainer_state);
    content.doomed = std::move(doomed);
  }
  write_.begin(std::move(content), start);
}

void Checkpointing::load_best(std::int64_t step) {
  if (!config_.save.load_best_model_at_end) return;
  double best_step = 0;
  if (comm_.rank() == 0) {
    if (const auto best = choice_.best(step)) best_step = static_cast<double>(best->step);
  }
  const auto chosen = static_cast<std::int64_t>(comm_.all_reduce_scalar(best_step));
  if (chosen == 0 || chosen == step) return;
  const std::filesystem::path folder = output_ / checkpoint_name(chosen);
  std::string reason = comm_.broadcast_string(comm_.rank() == 0 ? incompleteness_of(folder) : "");
  CheckpointManifest manifest;
  if (reason.empty()) {
    manifest = read_checkpoint_manifest(folder);
    reason = damage_seen_by_any(folder, manifest, comm_);
  }
  if (!reason.empty()) {
    fail_data(fmt::format("{}, the one with the lowest eval_loss, can't be the model", folder.string()),
              reason,
              "start again with --load_best_model_at_end False for the last step's weights, or remove that "
              "folder for the next best");
  }
  load_masters(units_, StateReader(folder, manifest.files, manifest.parameters));
  log::info("best       the model is that of {}, with the lowest eval_loss", folder.string());
}

}  // namespace hone
