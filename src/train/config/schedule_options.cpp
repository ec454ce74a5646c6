#include "train/config/schedule_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace hone {
namespace {

struct Argument {
  std::string name;
  std::vector<std::string> words;  // empty: a number
};

struct Scheduler {
  std::string name;
  std::vector<Argument> arguments;
};

/// Names and arguments as in transformers.optimization, and DeepSpeed's WarmupLR.
const std::vector<Scheduler>& schedulers() {
  static const std::vector<Scheduler> kSchedulers = {
      {"linear", {}},
      {"cosine", {{"num_cycles", {}}}},
      {"cosine_with_min_lr", {{"num_cycles", {}}, {"min_lr", {}}, {"min_lr_rate", {}}}},
      {"constant", {}},
      {"constant_with_warmup", {}},
      {"polynomial", {{"lr_end", {}}, {"power", {}}}},
      {"inverse_sqrt", {{"timescale", {}}}},
      {"warmup_stable_decay",
       {{"num_decay_steps", {}},
        {"num_stable_steps", {}},
        {"min_lr_ratio", {}},
        {"num_cycles", {}},
        {"warmup_type", {"linear", "cosine", "1-sqrt"}},
        {"decay_type", {"linear", "cosine", "1-sqrt"}}}},
      {"warmup_lr", {{"warmup_min_lr", {}}, {"warmup_type", {"log", "linear"}}}},
  };
  return kSchedulers;
}

template <typename Named>
std::vector<std::string> names_of(const std::vector<Named>& items) {
  std::vector<std::string> names;
  names.reserve(items.size());
  for (const Named& item : items) names.push_back(item.name);
  return names;
}

template <typename Named>
const Named* find_named(const std::vector<Named>& items, const std::string& name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Named& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

void validate_argument(const Argument& argument, const OrderedJson& value) {
  const std::string place = fmt::format("'{}' in --lr_scheduler_kwargs", argument.name);
  if (argument.words.empty()) {
    if (!value.is_number() || value.get<double>() < 0)
      fail_usage(fmt::format("{} must be a number from 0, not {}", place, value.dump()), "", "");
    return;
  }
  if (value.is_string() &&
      std::count(argument.words.begin(), argument.words.end(), value.get<std::string>()) > 0)
    return;
  fail_usage(
      fmt::format("{} must be one of {}, not {}", place, fmt::join(argument.words, ", "), value.dump()), "",
      "");
}

void require(const ScheduleOptions& schedule, bool holds, const std::string& wanted) {
  if (holds) return;
  fail_usage(fmt::format("--lr_scheduler_type {} needs {} in --lr_scheduler_kwargs",
                         schedule.lr_scheduler_type, wanted),
             "", "");
}

/// A floor is a share of the peak inside the schedules, so the peak must lie above it (and above 0).
void require_peak_above(const ScheduleOptions& schedule, const char* floor, double absent) {
  const double least = schedule.lr_scheduler_kwargs.value(floor, absent);
  if (schedule.learning_rate > least) return;
  fail_usage(fmt::format("--learning_rate {} must be above {} {} of --lr_scheduler_type {}",
                         schedule.learning_rate, floor, least, schedule.lr_scheduler_type),
             "", "");
}

void require_share(const ScheduleOptions& schedule, const char* name) {
  require(schedule, schedule.lr_scheduler_kwargs.value(name, 0.0) <= 1, fmt::format("{} from 0 to 1", name));
}

void validate_ranges(const ScheduleOptions& schedule) {
  const std::string& type = schedule.lr_scheduler_type;
  const OrderedJson& given = schedule.lr_scheduler_kwargs;
  if (type == "warmup_stable_decay") {
    require(schedule, given.contains("num_decay_steps"), "num_decay_steps");
    require_share(schedule, "min_lr_ratio");
  } else if (type == "cosine_with_min_lr") {
    require(schedule, given.contains("min_lr") != given.contains("min_lr_rate"),
            "either min_lr or min_lr_rate");
    require_share(schedule, "min_lr_rate");
    if (given.contains("min_lr")) require_peak_above(schedule, "min_lr", 0);
  } else if (type == "polynomial") {
    require_peak_above(schedule, "lr_end", 1e-7);
  } else if (type == "warmup_lr") {
    require_peak_above(schedule, "warmup_min_lr", 0);
  } else if (type == "inverse_sqrt") {
    require(schedule, given.value("timescale", 1.0) > 0, "a positive timescale");
  }
}

}  // namespace

void validate_schedule_options(const ScheduleOptions& schedule) {
  const std::vector<std::string> known = names_of(schedulers());
  const Scheduler* scheduler = find_named(schedulers(), schedule.lr_scheduler_type);
  if (scheduler == nullptr) {
    const std::string near = suggestion(schedule.lr_scheduler_type, known);
    fail_usage(fmt::format("--lr_scheduler_type '{}' is not known", schedule.lr_scheduler_type),
               fmt::format("there are {}", fmt::join(known, ", ")), near);
  }
  const OrderedJson& given = schedule.lr_scheduler_kwargs;
  for (const auto& [name, value] : given.items()) {
    const Argument* argument = find_named(scheduler->arguments, name);
    if (argument == nullptr) {
      const std::vector<std::string> names = names_of(scheduler->arguments);
      fail_usage(fmt::format("'{}' in --lr_scheduler_kwargs is not known to the scheduler {}", name,
                             scheduler->name),
                 names.empty() ? "it takes none" : fmt::format("it takes {}", fmt::join(names, ", ")),
                 suggestion(name, names));
    }
    validate_argument(*argument, value);
  }
  validate_ranges(schedule);
}

std::int64_t warmup_steps(const ScheduleOptions& schedule, std::int64_t total_steps) {
  if (schedule.warmup_steps > 0) return schedule.warmup_steps;
  // The rounding of Python's math.ceil(ratio * steps).
  return static_cast<std::int64_t>(std::ceil(schedule.warmup_ratio * static_cast<double>(total_steps)));
}

}  // namespace hone
