#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "zero/traffic.hpp"

namespace hone {

/// What one optimizer step reports. Losses are means over the step's targets; `grad_norm` is before clipping.
struct StepMetrics {
  std::int64_t step = 0;
  double epoch = 0;
  double loss = 0;
  double grad_norm = 0;
  double learning_rate = 0;
  std::int64_t tokens = 0;
  std::int64_t targets = 0;
  double tokens_per_second = 0;
  double peak_share = 0;             // share of the measured matmul peak over all ranks
  std::optional<double> loss_scale;  // fp16
  std::int64_t skipped_steps = 0;    // fp16: of the run so far
  Traffic traffic;                   // of this step, the same on every rank
};

struct EvalMetrics {
  std::int64_t step = 0;
  double eval_loss = 0;
  std::int64_t eval_targets = 0;
};

/// The lines of a metrics.jsonl up to and including step `last_step`; half lines of a killed run are left
/// out.
std::string metrics_up_to(const std::filesystem::path& path, std::int64_t last_step);

/// The same as trainer_state.json's log_history; may be called while lines are added.
OrderedJson log_history_up_to(const std::filesystem::path& path, std::int64_t last_step);

/// output_dir/metrics.jsonl: one object a line, flushed line by line. Non-finite numbers are written as
/// strings ("nan"), never as null or 0.
class MetricsWriter {
 public:
  /// Keeps what an earlier part of the run wrote up to `resume_step` and cuts the lines past it.
  /// Throws Error(kRunTimeFailure) when the file can't be written.
  MetricsWriter(const std::filesystem::path& path, std::int64_t resume_step);

  void write(const StepMetrics& metrics);
  void write(const EvalMetrics& metrics);

 private:
  void append(const OrderedJson& line);

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace hone
