#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "comm/hosts.hpp"
#include "comm/mpi_session.hpp"
#include "train/checkpointing.hpp"
#include "train/config/config.hpp"
#include "train/progress_log.hpp"
#include "train/run_fingerprint.hpp"
#include "train/run_inputs.hpp"
#include "train/run_report.hpp"
#include "train/run_requests.hpp"
#include "train/trainer.hpp"

namespace hone {

/// Everything one run holds, built in the order in which a mistake is cheapest to find: configuration, files,
/// plan, memory, weights.
class TrainingRun {
 public:
  using Clock = std::chrono::steady_clock;

  /// Checks inputs and plans; touches no weights yet. `launch`: when the program was started. Throws Error.
  /// `comm` serves the memory of `device`, which is the calling thread's.
  TrainingRun(const TrainConfig& config, MpiSession& session, Communicator& comm, const Device& device,
              Clock::time_point launch, std::int64_t& current_step);

  /// What is about to happen, printed once: ranks, threads, data, steps, parameters, memory.
  void print_plan() const;
  /// For a dry run: whether train() could start in output_dir, or from the checkpoint named. Throws Error.
  void check_start() const;
  /// Loads, trains, evaluates, saves; kRequeue where it was stopped on request before its end.
  ExitCode train(const std::string& command_line);

 private:
  const ModelPlan& plan() const { return inputs_.plan(); }
  Sharding sharding() const;
  RunReport report() const;
  Fingerprint fingerprint() const;
  StepPlanner::Options planner_options() const;
  CheckpointSize checkpoint_size() const;
  void evaluate_if_due(std::int64_t step, double epoch, Checkpointing& checkpoints, ProgressLog& progress,
                       RunRequests& requests);
  bool evaluation_due(std::int64_t step, double epoch) const;
  void save_result(std::int64_t done, const Fingerprint& fingerprint);

  const TrainConfig& config_;
  MpiSession& session_;
  Communicator& comm_;
  Device device_;
  std::int64_t& current_step_;
  RunInputs inputs_;
  int threads_;
  StepPlanner planner_;
  std::int64_t total_steps_;
  std::int64_t warmup_steps_;
  std::vector<Host> hosts_;
  RunMemory memory_;
  Clock::time_point launch_;
  std::int64_t resumed_step_ = 0;  // steps that an earlier launch did

  std::optional<RopeTable> rope_;
  std::optional<UnitStore> units_;
  std::optional<LossScaler> loss_scaler_;  // fp16
  std::optional<CausalLm> model_;
};

}  // namespace hone
