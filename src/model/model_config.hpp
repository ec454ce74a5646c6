#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace hone {

/// Rotary embedding as config.json describes it, at the top level (transformers 4) or under rope_parameters
/// (5).
struct RopeConfig {
  enum class Type { kDefault, kLinear, kLlama3, kYarn };
  Type type = Type::kDefault;
  double theta = 10000.0;
  double factor = 1.0;
  std::int64_t original_max_position_embeddings = 0;
  double low_freq_factor = 1.0, high_freq_factor = 4.0;  // llama3
  double beta_fast = 32.0, beta_slow = 1.0;              // yarn
  double attention_factor = 0.0;                         // yarn; 0 = from the factor
  bool truncate = true;                                  // yarn

  bool operator==(const RopeConfig&) const = default;
};

/// The shape of a dense decoder: what config.json of a Qwen2, Qwen3 or Llama folder says.
struct ModelConfig {
  std::string architecture;
  std::string model_type;
  std::int64_t hidden_size = 0, intermediate_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0, num_key_value_heads = 0, head_dim = 0;
  std::int64_t vocab_size = 0;  // rows of the embedding, never the tokenizer's count
  std::int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  RopeConfig rope;
  bool tie_word_embeddings = false;
  bool qkv_bias = false, output_bias = false, mlp_bias = false;
  bool qk_norm = false;
  std::string dtype = "float32";  // of the stored weights, as transformers spells it
};

/// Reads FOLDER/config.json. Throws Error(kData) that names the field for anything this program does not
/// train exactly: other architectures, quantised weights, a sliding window in use, mixtures of experts, other
/// activations.
ModelConfig read_model_config(const std::filesystem::path& folder);

/// The same from parsed JSON; `where` names the file in messages.
ModelConfig parse_model_config(const Json& json, const std::string& where);

}  // namespace hone
