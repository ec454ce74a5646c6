#pragma once

#include <cstdint>
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

/// One weight as a layer sees it: parts stacked by rows, so that q/k/v and gate/up are one product each.
struct WeightSpec {
  std::string key;  // "embed_tokens", "qkv", "qkv_bias", "gate_up", ...
  std::vector<WeightPart> parts;
  std::vector<std::int64_t> shape;
  bool decay;  // false for norms and biases, as transformers groups parameters

  std::int64_t numel() const;
};

struct UnitSpec {
  std::string name;
  std::vector<WeightSpec> weights;
};

/// Every parameter of the model: unit 0 is the embedding, 1 .. L the blocks, L + 1 final norm and untied
/// head.
std::vector<UnitSpec> weight_table(const ModelConfig& config);

/// Elements over all units.
std::int64_t parameter_count(const std::vector<UnitSpec>& table);

}  // namespace hone
