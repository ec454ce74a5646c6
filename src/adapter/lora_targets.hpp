#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// Where an adapter's settings were given: how messages name them, and what a mistake in them is.
struct LoraPlace {
  ExitCode code = ExitCode::kUsage;
  std::string target_modules = "--lora_target_modules", bias = "--lora_bias",
              modules_to_save = "--modules_to_save";
};
/// The keys of a PEFT adapter's adapter_config.json, where a mistake is bad data.
LoraPlace lora_place(const std::filesystem::path& adapter_folder);

/// The last names of the linear layers that `given` means: last names ("q_proj"), names with their parent
/// ("self_attn.q_proj"), full paths ("model.layers.0.self_attn.q_proj") if they are given for every block, or
/// "all-linear" alone for every one in the blocks. In the order of the model, each once. Throws
/// Error(place.code) for a name that matches none, with the nearest ones.
std::vector<std::string> resolve_target_modules(const std::vector<UnitSpec>& base,
                                                const std::vector<std::string>& given,
                                                const LoraPlace& place = {});

/// "model.layers.3.self_attn.q_proj.weight" -> "model.layers.3.self_attn.q_proj".
std::string module_path(const std::string& parameter);
/// "model.layers.3.self_attn.q_proj.weight" -> "q_proj".
std::string module_name(const std::string& parameter);

inline bool is_block(const UnitSpec& unit) { return unit.name.starts_with("block"); }
inline bool is_matrix(const WeightSpec& weight) { return weight.shape.size() == 2; }
/// Of a base model's table, whose first unit is the embedding.
inline const UnitSpec& first_block(const std::vector<UnitSpec>& base) { return base.at(1); }

}  // namespace hone
