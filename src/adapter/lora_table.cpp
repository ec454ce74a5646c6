#include "adapter/lora_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"

namespace hone {
namespace {

constexpr const char* kPeftPrefix = "base_model.model.";
constexpr const char* kFirstBlock = "model.layers.0.";

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "model.layers.3.self_attn.q_proj.weight" -> "model.layers.3.self_attn.q_proj".
std::string module_path(const std::string& parameter) { return parameter.substr(0, parameter.rfind('.')); }

bool is_block(const UnitSpec& unit) { return unit.name.starts_with("block"); }
bool is_matrix(const WeightSpec& weight) { return weight.shape.size() == 2; }

const UnitSpec& first_block(const std::vector<UnitSpec>& base) { return base.at(1); }

/// Linear layers of a block, by their path inside it ("self_attn.q_proj").
std::vector<std::string> linear_paths(const std::vector<UnitSpec>& base) {
  std::vector<std::string> paths;
  for (const WeightSpec& weight : first_block(base).weights) {
    if (!is_matrix(weight)) continue;
    for (const WeightPart& part : weight.parts) {
      paths.push_back(module_path(part.name).substr(std::string(kFirstBlock).size()));
    }
  }
  return paths;
}

std::vector<const WeightPart*> targeted_parts(const WeightSpec& weight, const LoraOptions& options) {
  std::vector<const WeightPart*> parts;
  for (const WeightPart& part : weight.parts) {
    if (contains(options.target_modules, module_name(part.name))) parts.push_back(&part);
  }
  return parts;
}

void add_adapters(UnitSpec& unit, const LoraOptions& options) {
  std::vector<WeightSpec> adapters;
  for (const WeightSpec& weight : unit.weights) {
    if (!is_matrix(weight)) continue;
    std::vector<WeightPart> a, b;
    for (const WeightPart* const part : targeted_parts(weight, options)) {
      const std::string name = kPeftPrefix + module_path(part->name);
      a.push_back({name + ".lora_A.weight", {options.rank, part->shape[1]}});
      b.push_back({name + ".lora_B.weight", {part->shape[0], options.rank}});
    }
    if (a.empty()) continue;
    adapters.push_back(stacked(weight.key + "_lora_A", std::move(a)));
    adapters.push_back(stacked(weight.key + "_lora_B", std::move(b)));
  }
  std::move(adapters.begin(), adapters.end(), std::back_inserter(unit.weights));
}

/// Whether all or none of a joined weight's modules are in `names`; one part of it can't be trained alone.
bool all_or_none(const WeightSpec& weight, const std::vector<std::string>& names, const char* flag) {
  const auto count = std::count_if(weight.parts.begin(), weight.parts.end(), [&](const WeightPart& part) {
    return contains(names, module_name(part.name));
  });
  if (count == 0) return false;
  if (count == static_cast<std::ptrdiff_t>(weight.parts.size())) return true;
  std::vector<std::string> together;
  for (const WeightPart& part : weight.parts) together.push_back(module_name(part.name));
  fail_usage(fmt::format("{} names some of {}", flag, fmt::join(together, ", ")), "they are one product here",
             "name all of them, or none");
}

bool trains_bias(const WeightSpec& weight, const LoraOptions& options) {
  if (!weight.key.ends_with("_bias")) return false;
  switch (options.bias) {
    case LoraBias::kNone: return false;
    case LoraBias::kAll: return true;
    case LoraBias::kLoraOnly:
      return all_or_none(weight, options.target_modules, "--lora_bias lora_only: --lora_target_modules");
  }
  return false;
}

/// Modules that training may take whole: their last names.
std::set<std::string> saveable_modules(const std::vector<UnitSpec>& base) {
  std::set<std::string> names;
  for (const UnitSpec& unit : base) {
    for (const WeightSpec& weight : unit.weights) {
      for (const WeightPart& part : weight.parts) names.insert(module_name(part.name));
    }
  }
  return names;
}

void require_saveable(const std::vector<UnitSpec>& base, const LoraOptions& options) {
  const std::set<std::string> known = saveable_modules(base);
  const bool tied = !known.contains("lm_head");
  for (const std::string& name : options.modules_to_save) {
    if (tied && (name == "lm_head" || name == "embed_tokens")) {
      fail_usage(fmt::format("--modules_to_save {}", name),
                 "embedding and head of this model are one weight, which PEFT would untie",
                 "leave it out, or fine-tune without --use_lora");
    }
    if (!known.contains(name)) {
      const std::vector<std::string> choices(known.begin(), known.end());
      fail_usage(fmt::format("--modules_to_save: the model has no module '{}'", name),
                 suggestion(name, choices), fmt::format("choose from {}", fmt::join(choices, ", ")));
    }
    if (contains(options.target_modules, name)) {
      fail_usage(fmt::format("'{}' is in --lora_target_modules and in --modules_to_save", name), "",
                 "name it in one of them");
    }
  }
}

}  // namespace

std::string module_name(const std::string& parameter) {
  const std::string path = module_path(parameter);
  return path.substr(path.rfind('.') + 1);
}

bool is_adapter_parameter(const std::string& name) { return name.starts_with(kPeftPrefix); }

std::string adapter_file_name(const std::string& parameter, const LoraOptions& options) {
  if (is_adapter_parameter(parameter)) return parameter;
  const bool wrapped = contains(options.target_modules, module_name(parameter));
  return kPeftPrefix + (wrapped
                            ? module_path(parameter) + ".base_layer" + parameter.substr(parameter.rfind('.'))
                            : parameter);
}

std::vector<std::string> resolve_target_modules(const std::vector<UnitSpec>& base,
                                                const std::vector<std::string>& given) {
  const std::vector<std::string> paths = linear_paths(base);
  const bool all = given == std::vector<std::string>{"all-linear"};
  for (const std::string& name : given) {
    const auto matches = [&](const std::string& path) { return path == name || path.ends_with("." + name); };
    if (all || std::any_of(paths.begin(), paths.end(), matches)) continue;
    std::vector<std::string> choices;
    for (const std::string& path : paths) choices.push_back(path.substr(path.rfind('.') + 1));
    fail_usage(fmt::format("--lora_target_modules: no linear layer of the blocks is named '{}'", name),
               suggestion(name, choices),
               fmt::format("choose from {}, or all-linear", fmt::join(choices, ", ")));
  }
  std::vector<std::string> resolved;
  for (const std::string& path : paths) {
    const bool named = std::any_of(given.begin(), given.end(), [&](const std::string& name) {
      return path == name || path.ends_with("." + name);
    });
    if (all || named) resolved.push_back(path.substr(path.rfind('.') + 1));
  }
  if (resolved.empty()) fail_usage("--lora_target_modules is empty", "", "name linear layers, or all-linear");
  return resolved;
}

std::vector<UnitSpec> lora_table(std::vector<UnitSpec> base, const LoraOptions& options) {
  require_saveable(base, options);
  for (UnitSpec& unit : base) {
    for (WeightSpec& weight : unit.weights) {
      const bool trained =
          trains_bias(weight, options) || all_or_none(weight, options.modules_to_save, "--modules_to_save");
      weight.role = trained ? WeightRole::kTrained : WeightRole::kFrozen;
    }
    if (is_block(unit)) add_adapters(unit, options);
  }
  return base;
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
