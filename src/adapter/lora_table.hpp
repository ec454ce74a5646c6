#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapter/lora_options.hpp"
#include "adapter/lora_targets.hpp"
#include "model/lora.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// The base model's table with everything frozen but what `options` trains, and the adapters' own weights
/// added to the blocks: KEY_lora_A (adapters * rank, in) and KEY_lora_B (rows of the targets, rank), parts
/// named as PEFT's files name them. Throws Error(place.code) for modules that can't be trained as asked.
std::vector<UnitSpec> lora_table(std::vector<UnitSpec> base, const LoraOptions& options,
                                 const LoraPlace& place = {});

/// Makes quantised weights of what Q-LoRA keeps in four bits: the frozen matrices of the blocks.
void quantise_frozen_matrices(std::vector<UnitSpec>& table);

/// The two factors of an adapter, as PEFT's files name them.
struct LoraPair {
  WeightPart a;  // (rank, in)
  WeightPart b;  // (out, rank)
};
/// Of the adapter on a parameter of the base model; nothing for one that is no target.
std::optional<LoraPair> adapter_on(const WeightPart& part, const LoraOptions& options);

/// What the layers of a model with these adapters compute.
LoraMaths lora_maths(const std::vector<UnitSpec>& base, const LoraOptions& options);

/// The name of a trained parameter in an adapter file. PEFT names a targeted layer's own bias as of its
/// base_layer.
std::string adapter_file_name(const std::string& parameter, const LoraOptions& options);

/// Whether a parameter belongs to an adapter and not to the base model.
bool is_adapter_parameter(const std::string& name);

}  // namespace hone
