#include "train/config/idle_flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "train/config/flag.hpp"

namespace hone {
namespace {

// Flags without effect unless another one is on.
struct Dependent {
  const char* on;
  bool AdapterOptions::*is_on;
  const char* otherwise;  // what is done without it
  std::vector<const char*> flags;
};

const std::vector<Dependent>& dependents() {
  static const std::vector<Dependent> kDependents = {
      {"use_lora",
       &AdapterOptions::use_lora,
       "every weight of the model is trained",
       {"lora_r", "lora_alpha", "use_rslora", "lora_dropout", "lora_target_modules", "lora_bias",
        "modules_to_save"}},
      {"q_lora",
       &AdapterOptions::q_lora,
       "the model's weights are kept in 16 or 32 bits",
       {"bnb_4bit_quant_type"}}};
  return kDependents;
}

std::vector<const char*> idle(const Dependent& dependent, const TrainConfig& config,
                              const GivenFlags& given) {
  std::vector<const char*> names;
  if (config.adapter.*dependent.is_on) return names;
  for (const char* const name : dependent.flags) {
    if (given.contains(name)) names.push_back(name);
  }
  return names;
}

std::string listed(const std::vector<const char*>& names) {
  return fmt::format("--{}", fmt::join(names, ", --"));
}

}  // namespace

std::vector<std::string> idle_flag_notices(const TrainConfig& config, const GivenFlags& given) {
  std::vector<std::string> notices;
  if (!config.data.eval_data_path.empty() && config.eval.eval_strategy == Interval::kNo)
    notices.push_back(
        "--eval_data_path has no effect with --eval_strategy no; give steps or epoch to evaluate");
  const ScheduleOptions& schedule = config.schedule;
  if (schedule.lr_scheduler_type == "constant" && (schedule.warmup_ratio > 0 || schedule.warmup_steps > 0))
    notices.push_back("--lr_scheduler_type constant has no warm-up; constant_with_warmup has");
  static const TrainConfig kDefaults;
  for (const Dependent& dependent : dependents()) {
    auto names = idle(dependent, config, given);
    std::erase_if(names, [&](const char* name) {  // a configuration that was printed names every flag
      const Flag& flag = *find_flag(name);
      return flag.get(config) == flag.get(kDefaults);
    });
    if (!names.empty())
      notices.push_back(fmt::format("without effect while --{} is off: {}", dependent.on, listed(names)));
  }
  return notices;
}

void require_no_idle_adapter_flags(const TrainConfig& config, const GivenFlags& given) {
  for (const Dependent& dependent : dependents()) {
    const auto names = idle(dependent, config, given);
    // Four bits are no question where adapters are switched off.
    const bool said =
        given.contains(dependent.on) || (given.contains("use_lora") && !config.adapter.use_lora);
    if (names.empty() || said) continue;
    fail_usage(fmt::format("{} need{} --{}", listed(names), names.size() == 1 ? "s" : "", dependent.on),
               fmt::format("without it {}", dependent.otherwise),
               fmt::format("add --{0}, or say --{0} False", dependent.on));
  }
}

}  // namespace hone
