#include "train/metrics.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <sstream>
#include <string>

#include "base/atomic_file.hpp"
#include "base/error.hpp"

namespace hone {
namespace {

OrderedJson number(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

}  // namespace

std::string metrics_up_to(const std::filesystem::path& path, std::int64_t last_step) {
  std::string kept, line;
  std::ifstream file(path);
  while (std::getline(file, line)) {
    const Json json = Json::parse(line, nullptr, false);  // a killed run may leave half a line
    if (json.is_object() && json.value("step", last_step + 1) <= last_step) kept += line + "\n";
  }
  return kept;
}

OrderedJson log_history_up_to(const std::filesystem::path& path, std::int64_t last_step) {
  OrderedJson history = OrderedJson::array();
  std::istringstream lines(metrics_up_to(path, last_step));
  for (std::string line; std::getline(lines, line);) history.push_back(OrderedJson::parse(line));
  return history;
}

MetricsWriter::MetricsWriter(const std::filesystem::path& path, std::int64_t resume_step) : path_(path) {
  write_file_atomically(path, resume_step > 0 ? metrics_up_to(path, resume_step) : "");
  file_.open(path, std::ios::app);
  if (!file_) fail_run(fmt::format("can't write {}", path.string()), "", "check permissions");
}

void MetricsWriter::append(const OrderedJson& line) {
  file_ << line.dump() << std::endl;  // flushed: a job that dies must leave its last line
  if (!file_) {
    fail_run(fmt::format("can't write {}", path_.string()), std::strerror(errno),
             "check free space and quota");
  }
}

void MetricsWriter::write(const StepMetrics& metrics) {
  OrderedJson line = {{"step", metrics.step},
                      {"epoch", metrics.epoch},
                      {"loss", number(metrics.loss)},
                      {"grad_norm", number(metrics.grad_norm)},
                      {"learning_rate", metrics.learning_rate},
                      {"tokens", metrics.tokens},
                      {"targets", metrics.targets},
                      {"tokens_per_second", metrics.tokens_per_second},
                      {"peak_share", metrics.peak_share},
                      {"all_gather_bytes", metrics.traffic.all_gather},
                      {"quantised_all_gather_bytes", metrics.traffic.quantised_all_gather},
                      {"reduce_bytes", metrics.traffic.reduce}};
  if (metrics.loss_scale) {
    line["loss_scale"] = *metrics.loss_scale;
    line["skipped_steps"] = metrics.skipped_steps;
  }
  append(line);
}

void MetricsWriter::write(const EvalMetrics& metrics) {
  append({{"step", metrics.step},
          {"eval_loss", number(metrics.eval_loss)},
          {"eval_targets", metrics.eval_targets}});
}

}  // namespace hone
