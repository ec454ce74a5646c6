#pragma once

#include <string>
#include <vector>

#include "adapter/lora_options.hpp"
#include "model/lora.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// The last names of the linear layers that `given` means: last names ("q_proj"), names with their parent
/// ("self_attn.q_proj"), or "all-linear" alone for every one in the blocks. In the order of the model, each
/// once. Throws Error(kUsage) for a name that matches none, with the nearest ones.
std::vector<std::string> resolve_target_modules(const std::vector<UnitSpec>& base,
                                                const std::vector<std::string>& given);

/// The base model's table with everything frozen but what `options` trains, and the adapters' own weights
/// added to the blocks: KEY_lora_A (adapters * rank, in) and KEY_lora_B (rows of the targets, rank), parts
/// named as PEFT's files name them. Throws Error(kUsage) for modules that can't be trained as asked.
std::vector<UnitSpec> lora_table(std::vector<UnitSpec> base, const LoraOptions& options);

/// What the layers of a model with these adapters compute.
LoraMaths lora_maths(const std::vector<UnitSpec>& base, const LoraOptions& options);

/// The name of a trained parameter in an adapter file. PEFT names a targeted layer's own bias as of its
/// base_layer.
std::string adapter_file_name(const std::string& parameter, const LoraOptions& options);

/// Whether a parameter belongs to an adapter and not to the base model.
bool is_adapter_parameter(const std::string& name);

/// "model.layers.3.self_attn.q_proj.weight" -> "q_proj".
std::string module_name(const std::string& parameter);

}  // namespace hone
