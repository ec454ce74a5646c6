#include "train/model_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "adapter/lora_table.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "checkpoint/adapter_config.hpp"

namespace hone {
namespace {

template <typename Value>
void require_same(const std::string& flag, const Value& given, const Value& adapters,
                  const std::string& folder) {
  if (given == adapters) return;
  fail_usage(
      fmt::format("--{} {} contradicts the adapter in {}, which has {}", flag, given, folder, adapters),
      "training would start from other weights than it holds", "give the adapter's value");
}

// An adapter that training starts from decides its own form; flags that say otherwise are a mistake.
void require_fits(const LoraOptions& given, const AdapterConfig& start, const std::string& folder) {
  require_same("lora_r", given.rank, start.lora.rank, folder);
  require_same("lora_alpha", given.alpha, start.lora.alpha, folder);
  require_same("use_rslora", given.rslora, start.lora.rslora, folder);
  require_same<std::string>("lora_bias", name_of(given.bias), name_of(start.lora.bias), folder);
  const auto words = [](std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, " "));
  };
  require_same("lora_target_modules", words(given.target_modules), words(start.lora.target_modules), folder);
  require_same("modules_to_save", words(given.modules_to_save), words(start.lora.modules_to_save), folder);
}

}  // namespace

bool ModelPlan::quantised() const { return parameter_count(table, WeightRole::kQuantised) > 0; }

ModelPlan plan_model(const ModelOptions& model, const AdapterOptions& adapter) {
  ModelPlan plan;
  plan.config = read_model_config(model.model_name_or_path);
  plan.base = weight_table(plan.config);
  plan.table = plan.base;
  if (!adapter.use_lora) return plan;
  std::optional<AdapterConfig> start;
  if (const std::string& folder = adapter.lora_weight_path; !folder.empty()) {
    start = read_adapter_config(folder);
    start->lora.target_modules =
        resolve_target_modules(plan.base, start->lora.target_modules, lora_place(folder));
  }
  LoraOptions lora = adapter.lora;
  lora.target_modules = resolve_target_modules(plan.base, lora.target_modules);
  if (start) require_fits(lora, *start, adapter.lora_weight_path);
  plan.table = lora_table(plan.base, lora);
  plan.maths = lora_maths(plan.base, lora);
  if (adapter.q_lora) quantise_frozen_matrices(plan.table);
  plan.lora = std::move(lora);
  return plan;
}

std::string describe_trained(const ModelPlan& plan) {
  if (!plan.lora) return "all trainable";
  const std::int64_t trained = parameter_count(plan.table, WeightRole::kTrained),
                     all = parameter_count(plan.table);
  std::int64_t tensors = 0, biases = 0;
  for (const UnitSpec& unit : plan.table) {
    for (const WeightSpec& weight : unit.weights) {
      if (weight.role != WeightRole::kTrained) continue;
      tensors += static_cast<std::int64_t>(weight.parts.size());
      if (weight.parts.front().name.ends_with(".bias"))
        biases += static_cast<std::int64_t>(weight.parts.size());
    }
  }
  std::string text =
      fmt::format("{} trainable of {} ({:.2f} %) in {} tensors", human_count(trained), human_count(all),
                  100.0 * static_cast<double>(trained) / static_cast<double>(all), tensors);
  text += fmt::format(": rank {} on {}", plan.lora->rank, fmt::join(plan.lora->target_modules, ", "));
  if (biases > 0) text += fmt::format(", {} biases", biases);
  if (!plan.lora->modules_to_save.empty())
    text += fmt::format(", whole {}", fmt::join(plan.lora->modules_to_save, ", "));
  return text;
}

}  // namespace hone
