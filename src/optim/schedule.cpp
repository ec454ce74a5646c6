#include "optim/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "base/error.hpp"

namespace hone {
namespace {

using Factor = std::function<double(double)>;
using Options = LearningRateSchedule::Options;

double number(const Options& options, const char* name, double fallback) {
  return options.arguments.contains(name) ? options.arguments.at(name).get<double>() : fallback;
}

std::string word(const Options& options, const char* name, const char* fallback) {
  return options.arguments.contains(name) ? options.arguments.at(name).get<std::string>() : fallback;
}

double cosine(double cycles, double progress) {
  return 0.5 * (1 + std::cos(2 * std::numbers::pi * cycles * progress));
}

// Linear rise over the warm-up, then `after(progress)` with progress from 0 at its end to 1 at the last step.
Factor warmed_up(const Options& options, Factor after) {
  const auto warmup = static_cast<double>(options.warmup_steps);
  const double rest = std::max(1.0, static_cast<double>(options.total_steps) - warmup);
  return [warmup, rest, after = std::move(after)](double step) {
    return step < warmup ? step / std::max(1.0, warmup) : after((step - warmup) / rest);
  };
}

Factor linear(const Options& options) {
  // Steps left, not 1 - progress: with a warm-up as long as the run nothing is left, rather than all.
  const auto total = static_cast<double>(options.total_steps),
             warmup = static_cast<double>(options.warmup_steps);
  const double rest = std::max(1.0, total - warmup);
  return [=](double step) {
    return step < warmup ? step / std::max(1.0, warmup) : std::max(0.0, (total - step) / rest);
  };
}

Factor cosine_decay(const Options& options) {
  const double cycles = number(options, "num_cycles", 0.5);
  return warmed_up(options, [cycles](double progress) { return std::max(0.0, cosine(cycles, progress)); });
}

Factor cosine_with_min_lr(const Options& options) {
  const double cycles = number(options, "num_cycles", 0.5);
  const bool absolute = options.arguments.contains("min_lr"),
             relative = options.arguments.contains("min_lr_rate");
  if (absolute == relative) {
    fail_usage("--lr_scheduler_type cosine_with_min_lr needs one of min_lr and min_lr_rate",
               absolute ? "both are given" : "none is given", "set it in --lr_scheduler_kwargs");
  }
  const double floor =
      relative ? number(options, "min_lr_rate", 0) : number(options, "min_lr", 0) / options.learning_rate;
  return warmed_up(options, [cycles, floor](double progress) {
    return std::max(0.0, cosine(cycles, progress) * (1 - floor) + floor);
  });
}

Factor constant(const Options&) {
  return [](double) { return 1.0; };
}

Factor constant_with_warmup(const Options& options) {
  return warmed_up(options, [](double) { return 1.0; });
}

Factor polynomial(const Options& options) {
  const double end = number(options, "lr_end", 1e-7) / options.learning_rate,
               power = number(options, "power", 1.0);
  return warmed_up(options, [end, power](double progress) {
    return progress > 1 ? end : (1 - end) * std::pow(1 - progress, power) + end;
  });
}

Factor inverse_sqrt(const Options& options) {
  const auto warmup = static_cast<double>(options.warmup_steps);
  const double timescale = number(options, "timescale", warmup > 0 ? warmup : 10'000);
  return [warmup, timescale](double step) {
    if (step < warmup) return step / std::max(1.0, warmup);
    return 1 / std::sqrt((step + timescale - warmup) / timescale);
  };
}

// Rise or fall of warmup_stable_decay by its shape's name; progress from 0 to 1.
double rise(const std::string& shape, double progress) {
  if (shape == "linear") return progress;
  return shape == "cosine" ? 0.5 * (1 - std::cos(std::numbers::pi * progress)) : 1 - std::sqrt(1 - progress);
}

double fall(const std::string& shape, double cycles, double progress) {
  if (shape == "linear") return 1 - progress;
  return shape == "cosine" ? cosine(cycles, progress) : 1 - std::sqrt(progress);
}

Factor warmup_stable_decay(const Options& options) {
  if (!options.arguments.contains("num_decay_steps")) {
    fail_usage("--lr_scheduler_type warmup_stable_decay needs num_decay_steps", "",
               "set it in --lr_scheduler_kwargs");
  }
  const auto warmup = static_cast<double>(options.warmup_steps);
  const double decay = number(options, "num_decay_steps", 0), floor = number(options, "min_lr_ratio", 0);
  const double stable =
      number(options, "num_stable_steps", static_cast<double>(options.total_steps) - warmup - decay);
  const double cycles = number(options, "num_cycles", 0.5);
  const std::string up = word(options, "warmup_type", "linear"), down = word(options, "decay_type", "cosine");
  return [=](double step) {
    if (step < warmup) return std::max(0.0, rise(up, step / std::max(1.0, warmup)) * (1 - floor) + floor);
    if (step < warmup + stable) return 1.0;
    if (step >= warmup + stable + decay) return floor;
    const double progress = (step - warmup - stable) / std::max(1.0, decay);
    return std::max(0.0, fall(down, cycles, progress) * (1 - floor) + floor);
  };
}

// DeepSpeed's WarmupLR (runtime/lr_schedules.py): logarithmic (its default) or linear rise from
// warmup_min_lr, then constant. Its counter stands at -1 until the engine raises it after the first optimizer
// step, and both -1 and 0 give warmup_min_lr: two steps pass before the rate rises.
Factor warmup_lr(const Options& options) {
  const double steps = std::max(2.0, static_cast<double>(options.warmup_steps));
  const double floor = number(options, "warmup_min_lr", 0) / options.learning_rate;
  const bool logarithmic = word(options, "warmup_type", "log") == "log";
  return [=](double step) {
    const double counter = std::max(0.0, step - 1);
    const double gamma = counter >= steps ? 1.0
                         : logarithmic    ? std::log(counter + 1) / std::log(steps)
                                          : counter / steps;
    return floor + (1 - floor) * gamma;
  };
}

}  // namespace

LearningRateSchedule LearningRateSchedule::make(const Options& options) {
  static const std::map<std::string, Factor (*)(const Options&)> kTypes = {
      {"linear", linear},
      {"cosine", cosine_decay},
      {"cosine_with_min_lr", cosine_with_min_lr},
      {"constant", constant},
      {"constant_with_warmup", constant_with_warmup},
      {"polynomial", polynomial},
      {"inverse_sqrt", inverse_sqrt},
      {"warmup_stable_decay", warmup_stable_decay},
      {"warmup_lr", warmup_lr},
  };
  const auto type = kTypes.find(options.type);
  if (type == kTypes.end())
    fail_usage("unknown --lr_scheduler_type " + options.type, "", "see --help for the names");
  return {options.learning_rate, type->second(options)};
}

}  // namespace hone
