#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "checkpoint/adapter_reader.hpp"
#include "checkpoint/model_reader.hpp"
#include "comm/hosts.hpp"
#include "comm/mpi_session.hpp"
#include "train/checkpointing.hpp"
#include "train/config/config.hpp"
#include "train/evaluator.hpp"
#include "train/metrics.hpp"
#include "train/model_output.hpp"
#include "train/model_plan.hpp"
#include "train/run_fingerprint.hpp"
#include "train/run_requests.hpp"
#include "train/traffic_report.hpp"
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
  /// Loads, trains, evaluates, saves; kRequeue where it was stopped on request before its end.
  ExitCode train(const std::string& command_line);

 private:
  struct Window {  // since the last logged step
    Clock::time_point start;
    double flops = 0;
    std::int64_t tokens = 0;
  };

  std::string agree_on_inputs() const;
  Sharding sharding() const;
  void print_device() const;
  StepPlanner::Options planner_options() const;
  void load_weights();
  WeightFormats output_formats() const;  // of the weights that are saved in the end
  ModelOutput output() const;
  std::optional<ModelOutput> checkpoint_output() const;
  CheckpointSize checkpoint_size() const;
  /// Refuses an adapter to start from that was trained over another base model.
  void require_base_of_start() const;
  void log_skipped(const StepReport& report) const;
  void log_step(const StepReport& report, Window& window);
  void evaluate_if_due(std::int64_t step, double epoch, Checkpointing& checkpoints, RunRequests& requests);
  bool evaluation_due(std::int64_t step, double epoch) const;
  void write_run_json(const std::string& command_line) const;

  const TrainConfig& config_;
  MpiSession& session_;
  Communicator& comm_;
  Device device_;
  std::int64_t& current_step_;
  ModelPlan plan_;
  ModelReader reader_;
  std::optional<AdapterReader> adapter_;  // whose weights training starts from
  Dataset dataset_;
  std::optional<Dataset> eval_dataset_;
  int threads_;
  StepPlanner planner_;
  std::int64_t total_steps_;
  std::int64_t warmup_steps_;
  std::vector<Host> hosts_;
  std::string model_sha256_;
  double estimated_bytes_;
  double matmul_peak_ = 0;  // operations per second over all ranks
  Clock::time_point launch_, start_;
  std::int64_t resumed_step_ = 0;  // steps that an earlier launch did
  TrafficTotal traffic_;           // of this launch's steps

  std::optional<RopeTable> rope_;
  std::optional<UnitStore> units_;
  std::optional<LossScaler> loss_scaler_;  // fp16
  std::optional<CausalLm> model_;
  std::optional<MetricsWriter> metrics_;  // rank 0 only
};

}  // namespace hone
