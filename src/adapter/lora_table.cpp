#include "adapter/lora_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace hone {
namespace {

constexpr const char* kPeftPrefix = "base_model.model.";

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add_adapters(UnitSpec& unit, const LoraOptions& options) {
  std::vector<WeightSpec> adapters;
  for (const WeightSpec& weight : unit.weights) {
    if (!is_matrix(weight)) continue;
    std::vector<WeightPart> a, b;
    for (const WeightPart& part : weight.parts) {
      if (auto adapter = adapter_on(part, options)) {
        a.push_back(std::move(adapter->a));
        b.push_back(std::move(adapter->b));
      }
    }
    if (a.empty()) continue;
    adapters.push_back(stacked(weight.key + "_lora_A", std::move(a)));
    adapters.push_back(stacked(weight.key + "_lora_B", std::move(b)));
  }
  std::move(adapters.begin(), adapters.end(), std::back_inserter(unit.weights));
}

/// Whether `chosen` holds for all of a joined weight's parts, or for none; one of them can't be trained
/// alone.
template <typename Chosen>
bool all_or_none(const WeightSpec& weight, const Chosen& chosen, const std::string& place, ExitCode code) {
  const auto count = std::count_if(weight.parts.begin(), weight.parts.end(), chosen);
  if (count == 0) return false;
  if (count == static_cast<std::ptrdiff_t>(weight.parts.size())) return true;
  std::vector<std::string> together;
  for (const WeightPart& part : weight.parts) together.push_back(module_name(part.name));
  throw Error(code, fmt::format("{} names some of {}", place, fmt::join(together, ", ")),
              "they are one product here", "name all of them, or none");
}

/// PEFT takes every module whose path ends with the name: "norm" means all norms.
bool is_saved_as(const std::string& name, const WeightPart& part) {
  return module_path(part.name).ends_with(name);
}

bool saves_whole(const WeightSpec& weight, const LoraOptions& options, const LoraPlace& place) {
  const auto chosen = [&](const WeightPart& part) {
    return std::any_of(options.modules_to_save.begin(), options.modules_to_save.end(),
                       [&](const std::string& name) { return is_saved_as(name, part); });
  };
  return all_or_none(weight, chosen, place.modules_to_save, place.code);
}

bool trains_bias(const WeightSpec& weight, const LoraOptions& options, const LoraPlace& place) {
  if (!weight.parts.front().name.ends_with(".bias")) return false;
  switch (options.bias) {
    case LoraBias::kNone: return false;
    case LoraBias::kAll: return true;
    case LoraBias::kLoraOnly:
      return all_or_none(
          weight,
          [&](const WeightPart& part) { return contains(options.target_modules, module_name(part.name)); },
          fmt::format("{} lora_only: {}", place.bias, place.target_modules), place.code);
  }
  return false;
}

/// The last names of the modules that `name` means among those that training may take whole; "" means all.
std::set<std::string> saveable_modules(const std::vector<UnitSpec>& base, const std::string& name) {
  std::set<std::string> names;
  for (const UnitSpec& unit : base) {
    for (const WeightSpec& weight : unit.weights) {
      for (const WeightPart& part : weight.parts) {
        if (is_saved_as(name, part)) names.insert(module_name(part.name));
      }
    }
  }
  return names;
}

void require_saveable(const std::vector<UnitSpec>& base, const LoraOptions& options, const LoraPlace& place) {
  const std::set<std::string> known = saveable_modules(base, "");
  const bool tied = !known.contains("lm_head");
  for (const std::string& name : options.modules_to_save) {
    const std::set<std::string> meant = saveable_modules(base, name);
    if (tied && (name == "lm_head" || meant.contains("embed_tokens"))) {
      throw Error(place.code, fmt::format("{}: {}", place.modules_to_save, name),
                  "embedding and head of this model are one weight, which PEFT would untie",
                  place.code == ExitCode::kData
                      ? "merge it into a copy of the base that stores the two apart: tie_word_embeddings "
                        "false, lm_head.weight beside the embedding"
                      : "leave it out, or fine-tune the whole model");
    }
    if (name.empty() || meant.empty()) {
      const std::vector<std::string> choices(known.begin(), known.end());
      throw Error(
          place.code,
          fmt::format("{}: '{}' names no module with weights of its own", place.modules_to_save, name),
          suggestion(name, choices), fmt::format("choose from {}", fmt::join(choices, ", ")));
    }
    if (std::any_of(meant.begin(), meant.end(),
                    [&](const auto& module) { return contains(options.target_modules, module); })) {
      throw Error(place.code,
                  fmt::format("'{}' is in {} and in {}", name, place.target_modules, place.modules_to_save),
                  "", "name it in one of them");
    }
  }
}

}  // namespace

std::optional<LoraPair> adapter_on(const WeightPart& part, const LoraOptions& options) {
  if (part.shape.size() != 2 || !contains(options.target_modules, module_name(part.name)))
    return std::nullopt;
  const std::string name = kPeftPrefix + module_path(part.name);
  return LoraPair{{name + ".lora_A.weight", {options.rank, part.shape[1]}},
                  {name + ".lora_B.weight", {part.shape[0], options.rank}}};
}

bool is_adapter_parameter(const std::string& name) { return name.starts_with(kPeftPrefix); }

std::string adapter_file_name(const std::string& parameter, const LoraOptions& options) {
  if (is_adapter_parameter(parameter)) return parameter;
  const bool wrapped = contains(options.target_modules, module_name(parameter));
  return kPeftPrefix + (wrapped
                            ? module_path(parameter) + ".base_layer" + parameter.substr(parameter.rfind('.'))
                            : parameter);
}

std::vector<UnitSpec> lora_table(std::vector<UnitSpec> base, const LoraOptions& options,
                                 const LoraPlace& place) {
  require_saveable(base, options, place);
  for (UnitSpec& unit : base) {
    for (WeightSpec& weight : unit.weights) {
      const bool trained = trains_bias(weight, options, place) || saves_whole(weight, options, place);
      weight.role = trained ? WeightRole::kTrained : WeightRole::kFrozen;
    }
    if (is_block(unit)) add_adapters(unit, options);
  }
  return base;
}

void quantise_frozen_matrices(std::vector<UnitSpec>& table) {
  for (UnitSpec& unit : table) {
    if (!is_block(unit)) continue;
    for (WeightSpec& weight : unit.weights) {
      if (weight.role == WeightRole::kFrozen && is_matrix(weight)) weight.role = WeightRole::kQuantised;
    }
  }
}

LoraMaths lora_maths(const std::vector<UnitSpec>& base, const LoraOptions& options) {
  LoraMaths maths{options.rank, options.scaling(), options.dropout, {}};
  for (const WeightSpec& weight : first_block(base).weights) {
    if (!is_matrix(weight)) continue;
    std::int64_t row = 0;
    for (const WeightPart& part : weight.parts) {
      if (contains(options.target_modules, module_name(part.name))) {
        maths.targets[weight.key].push_back({row, part.shape[0]});
      }
      row += part.shape[0];
    }
  }
  return maths;
}

}  // namespace hone
