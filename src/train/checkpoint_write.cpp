#include "train/checkpoint_write.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "checkpoint/float_format.hpp"
#include "checkpoint/state_file.hpp"
#include "checkpoint/state_reader.hpp"
#include "train/metrics.hpp"
#include "train/trained_parameters.hpp"

namespace hone {
namespace {

// Their finiteness in fp32 was looked at before the state was written.
void require_finite_as_saved(const WeightPart& part, FloatFormat format, const std::vector<float>& values) {
  if (all_finite(format, values.data(), static_cast<std::int64_t>(values.size()))) return;
  fail_run(fmt::format("{} holds inf or nan as {}", part.name, config_name(format)), "",
           "save with --save_dtype float32");
}

}  // namespace

CheckpointWrite::CheckpointWrite(const TrainConfig& config, Fingerprint fingerprint, Communicator& comm,
                                 const std::vector<UnitSpec>& table, std::optional<ModelOutput> for_others)
    : config_(config),
      fingerprint_(std::move(fingerprint)),
      comm_(comm),
      table_(table),
      for_others_(std::move(for_others)),
      output_(config.save.output_dir) {}

void CheckpointWrite::begin(CheckpointContent content, Clock::time_point start) {
  content_ = std::move(content);
  start_ = start;
  written_ = std::make_shared<Written>();
  task_.start([folder = unfinished_checkpoint(output_, content_.step), rank = comm_.rank(),
               ranks = comm_.size(), step = content_.step, snapshot = std::move(content_.snapshot),
               written = written_, &activity = comm_.activity()] {
    const WritingToDisk writing(activity);
    const auto begin = Clock::now();
    std::filesystem::create_directories(folder);
    written->file = write_state_file(folder, rank, ranks, step, snapshot->state);
    written->seconds = seconds_since(begin);
  });
  phase_ = Phase::kWriting;
  waited_ = seconds_since(start_);
}

void CheckpointWrite::advance() {
  while (phase_ != Phase::kIdle) {
    const auto state = comm_.all_reduce_scalar(static_cast<double>(task_.state()), ReduceOp::kMax);
    if (state == static_cast<double>(BackgroundTask::State::kFailed)) fail();
    if (state == static_cast<double>(BackgroundTask::State::kRunning)) return;
    if (phase_ == Phase::kWriting) {
      begin_commit();
      phase_ = Phase::kCommitting;
      return;
    }
    phase_ = Phase::kIdle;
    took(written_->seconds);
    const auto& [removed, failures] = written_->removal;
    log::info("checkpoint {} after {:.1f} s, of which training waited {:.1f} s{}",
              (output_ / checkpoint_name(content_.step)).string(), seconds_since(start_), waited_,
              removed.empty() ? "" : fmt::format("; removed step {}", fmt::join(removed, ", ")));
    for (const std::string& failure : failures)
      log::warn("{}; it is tried again after the next checkpoint", failure);
  }
}

void CheckpointWrite::took(double seconds) { longest_seconds_ = std::max(longest_seconds_, seconds); }

void CheckpointWrite::finish() {
  if (phase_ == Phase::kIdle) return;
  comm_.activity().start(fmt::format("waiting for the write of {}", checkpoint_name(content_.step)));
  while (phase_ != Phase::kIdle) {
    task_.wait();
    advance();
  }
}

void CheckpointWrite::begin_commit() {
  const std::vector<std::string> files = comm_.gather_strings(to_json(written_->file).dump());
  const double slowest = comm_.all_reduce_scalar(written_->seconds, ReduceOp::kMax);
  if (comm_.rank() != 0) {
    task_ = BackgroundTask();
    return;
  }
  CheckpointManifest manifest;
  manifest.program = fmt::format("hone-train {} ({})", kVersion, kGitHash);
  manifest.step = content_.step;
  manifest.updates = content_.updates;
  manifest.loss_scale = content_.loss_scale;
  manifest.ranks = comm_.size();
  manifest.zero_stage = config_.zero.zero_stage;
  manifest.parameters = trained_parameters(table_);
  manifest.fingerprint = fingerprint_;
  manifest.config = to_json(config_);
  for (const std::string& file : files)
    manifest.files.push_back(parse_state_file(Json::parse(file), "a rank's state file"));
  task_.start([output = output_, manifest, state = content_.trainer_state, doomed = content_.doomed,
               table = table_, for_others = for_others_, written = written_, slowest,
               &activity = comm_.activity()]() mutable {
    const WritingToDisk writing(activity);
    const auto begin = Clock::now();
    state.log_history = log_history_up_to(output / "metrics.jsonl", manifest.step);
    const auto add = [&](const std::filesystem::path& folder, CheckpointManifest& completed) {
      if (for_others) {
        const StateReader masters(folder, manifest.files, manifest.parameters);
        write_output(folder, table, masters, *for_others, require_finite_as_saved);
      }
      completed.save_seconds = slowest + seconds_since(begin);
    };
    commit_checkpoint(output, manifest, to_json(state).dump(2) + "\n", kVisibilityPatience, add);
    written->seconds = slowest + seconds_since(begin);
    written->removal = remove_checkpoints(output, doomed);
  });
}

void CheckpointWrite::fail() {
  const std::vector<std::string> reasons =
      comm_.gather_strings(task_.state() == BackgroundTask::State::kFailed ? task_.failure() : "");
  for (std::size_t rank = 0; rank < reasons.size(); ++rank) {
    if (reasons[rank].empty()) continue;
    fail_run(fmt::format("{} could not be written", checkpoint_name(content_.step)),
             fmt::format("rank {}: {}", rank, reasons[rank]), "earlier checkpoints are whole");
  }
}

}  // namespace hone
