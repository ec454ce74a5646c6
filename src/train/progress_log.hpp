#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "comm/communicator.hpp"
#include "train/evaluator.hpp"
#include "train/metrics.hpp"
#include "train/trainer.hpp"

namespace hone {

/// What a run tells of its steps while it trains: log lines, and on rank 0 metrics.jsonl. Speeds are those
/// since the last line.
class ProgressLog {
 public:
  struct Options {
    std::filesystem::path output;
    std::int64_t logging_steps = 1;
    std::int64_t total_steps = 0;
    std::int64_t resumed_step = 0;  // steps that an earlier launch did
    double matmul_peak = 0;         // operations per second over all ranks
    bool loss_scale = false;        // whether metrics tell it (fp16)
  };

  /// `comm` must outlive this. Throws Error(kRunTimeFailure) when rank 0 can't write metrics.jsonl.
  ProgressLog(const Options& options, Communicator& comm);

  /// The clock starts.
  void start();
  /// After each step; a line comes at every logging_steps-th and the last one. `next_loss_scale`: fp16's for
  /// the next step.
  void step(const StepReport& report, double next_loss_scale);
  void evaluation(std::int64_t step, const EvalReport& report);
  /// Since start().
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Window {  // since the last line
    Clock::time_point start;
    double flops = 0;
    std::int64_t tokens = 0;
  };

  void write_line(const StepReport& report);

  Options options_;
  Communicator& comm_;
  std::optional<MetricsWriter> metrics_;  // rank 0 only
  Clock::time_point start_;
  Window window_;
};

}  // namespace hone
