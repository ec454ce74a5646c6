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
void require_fits(const LoraOptions& given, const AdapterConfig& start, const std::vector<UnitSpec>& base,
                  const std::string& folder) {
  require_same("lora_r", given.rank, start.lora.rank, folder);
  require_same("lora_alpha", given.alpha, start.lora.alpha, folder);
  require_same("use_rslora", given.rslora, start.lora.rslora, folder);
  const auto words = [](const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, " "));
  };
  require_same("lora_target_modules", words(given.target_modules),
               words(resolve_target_modules(base, start.lora.target_modules, lora_place(folder))), folder);
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
  LoraOptions lora = adapter.lora;
  lora.target_modules = resolve_target_modules(plan.base, lora.target_modules);
  if (!adapter.lora_weight_path.empty()) {
    require_fits(lora, read_adapter_config(adapter.lora_weight_path), plan.base, adapter.lora_weight_path);
  }
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
  std::string text = fmt::format("{} trainable of {} ({:.2f} %)", human_count(trained), human_count(all),
                                 100.0 * static_cast<double>(trained) / static_cast<double>(all));
  text += fmt::format(": rank {} on {}", plan.lora->rank, fmt::join(plan.lora->target_modules, ", "));
  if (plan.lora->bias != LoraBias::kNone) text += ", biases";
  if (!plan.lora->modules_to_save.empty())
    text += fmt::format(", whole {}", fmt::join(plan.lora->modules_to_save, ", "));
  return text;
}

}  // namespace hone
