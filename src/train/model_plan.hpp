#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapter/lora_options.hpp"
#include "model/lora.hpp"
#include "model/model_config.hpp"
#include "model/weight_table.hpp"
#include "train/config/config.hpp"

namespace hone {

/// What is trained of which model.
struct ModelPlan {
  ModelConfig config;
  std::vector<UnitSpec> base;   // the base folder's parameters
  std::vector<UnitSpec> table;  // with roles, and the adapters' parameters
  std::optional<LoraOptions> lora;
  LoraMaths maths;

  /// For CausalLm: null without adapters.
  const LoraMaths* lora_maths() const { return lora ? &maths : nullptr; }
  bool quantised() const;
};

/// Throws Error(kUsage) for adapters that the model can't have, or that contradict the one they start from.
ModelPlan plan_model(const ModelOptions& model, const AdapterOptions& adapter);

/// "9,768,960 trainable of 144,284,928 (6.77 %) in 420 tensors: rank 64 on q_proj, ...".
std::string describe_trained(const ModelPlan& plan);

}  // namespace hone
