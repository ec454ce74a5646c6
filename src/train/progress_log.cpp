#include "train/progress_log.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace hone {

ProgressLog::ProgressLog(const Options& options, Communicator& comm) : options_(options), comm_(comm) {
  if (comm_.rank() == 0) {
    const WritingToDisk writing(comm_.activity());
    metrics_.emplace(options_.output / "metrics.jsonl", options_.resumed_step);
  }
}

void ProgressLog::start() {
  start_ = Clock::now();
  window_.start = start_;
}

void ProgressLog::step(const StepReport& report, double next_loss_scale) {
  window_.tokens += report.tokens;
  window_.flops += report.flops;
  if (report.skipped) {
    log::info("step {}/{}  the gradients overflowed at loss scale {:g}: no update; the next scale is {:g}",
              report.step, options_.total_steps, report.loss_scale, next_loss_scale);
  }
  if (report.step % options_.logging_steps == 0 || report.step == options_.total_steps) write_line(report);
}

void ProgressLog::write_line(const StepReport& report) {
  const double seconds = seconds_since(window_.start);
  const double rate = static_cast<double>(window_.tokens) / seconds,
               share = window_.flops / seconds / options_.matmul_peak;
  const double left = seconds_since(start_) / static_cast<double>(report.step - options_.resumed_step) *
                      static_cast<double>(options_.total_steps - report.step);
  log::info(
      "step {}/{}  epoch {:.2f}  loss {:.4f}  grad_norm {:.3f}  lr {:.3e}  {:.0f} tokens/s  {:.0f} % of peak "
      " {} left",
      report.step, options_.total_steps, report.epoch, report.loss, report.grad_norm, report.learning_rate,
      rate, 100 * share, human_duration(left));
  comm_.activity().start(fmt::format("step {}: writing metrics", report.step));
  const WritingToDisk writing(comm_.activity());
  if (metrics_) {
    metrics_->write({report.step, report.epoch, report.loss, report.grad_norm, report.learning_rate,
                     report.tokens, report.targets, rate, share,
                     options_.loss_scale ? std::optional(report.loss_scale) : std::nullopt,
                     report.step - report.updates, report.traffic});
  }
  window_ = Window{Clock::now()};
}

void ProgressLog::evaluation(std::int64_t step, const EvalReport& report) {
  log::info("step {}/{}  eval_loss {:.4f}  ({} targets)", step, options_.total_steps, report.loss,
            human_count(report.targets));
  if (metrics_) metrics_->write(EvalMetrics{step, report.loss, report.targets});
}

double ProgressLog::seconds() const { return seconds_since(start_); }

}  // namespace hone
