#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/model_config.hpp"

namespace hone {

/// One parameter as a Hugging Face folder names it.
struct WeightPart {
  std::string name;
  std::vector<std::int64_t> shape;

  std::int64_t numel() const;
};

/// What training does with a weight.
enum class WeightRole {
  kTrained,    // fp32 master, gradient, optimizer state
  kFrozen,     // a value alone
  kQuantised,  // a value alone, kept and gathered in 4 bits
};

/// One weight as a layer sees it: parts stacked by rows, so that q/k/v and gate/up are one product each.
struct WeightSpec {
  std::string key;  // "embed_tokens", "qkv", "qkv_bias", "gate_up", "qkv_lora_A", ...
  std::vector<WeightPart> parts;
  std::vector<std::int64_t> shape;
  bool decay;  // false for norms and biases, as transformers groups parameters
  WeightRole role = WeightRole::kTrained;

  std::int64_t numel() const;
};

struct UnitSpec {
  std::string name;
  std::vector<WeightSpec> weights;
};

/// Every parameter of the model: unit 0 is the embedding, 1 .. L the blocks, L + 1 final norm and untied
/// head.
std::vector<UnitSpec> weight_table(const ModelConfig& config);

/// The unit with its weights of one role only.
UnitSpec with_role(const UnitSpec& unit, WeightRole role);

/// Elements over all units; of one role where one is given.
std::int64_t parameter_count(const std::vector<UnitSpec>& table,
                             std::optional<WeightRole> role = std::nullopt);

/// Parts stacked by rows under one key; matrices decay, vectors (norms and biases) don't.
WeightSpec stacked(const std::string& key, std::vector<WeightPart> parts);

}  // namespace hone
