#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/json.hpp"

namespace hone {

/// The learning rate as a pure function of the step, so that a resumed run can't lose its place.
class LearningRateSchedule {
 public:
  struct Options {
    std::string type =
        "linear";  // transformers' names (transformers.optimization), and warmup_lr: DeepSpeed's WarmupLR
    double learning_rate = 5e-5;  // the peak
    std::int64_t warmup_steps = 0;
    std::int64_t total_steps = 1;
    OrderedJson arguments = OrderedJson::object();  // lr_scheduler_kwargs
  };

  /// Throws Error(kUsage) for an unknown type or arguments that don't fit it.
  static LearningRateSchedule make(const Options& options);

  /// What optimizer step `step`, counted from 0, uses.
  double at(std::int64_t step) const { return learning_rate_ * factor_(static_cast<double>(step)); }

 private:
  using Factor = std::function<double(double step)>;  // share of the peak
  LearningRateSchedule(double learning_rate, Factor factor)
      : learning_rate_(learning_rate), factor_(std::move(factor)) {}

  double learning_rate_;
  Factor factor_;
};

}  // namespace hone
