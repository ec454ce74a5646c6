#pragma once

#include <vector>

#include "model/model_config.hpp"

namespace hone {

/// The head_dim / 2 inverse frequencies of rotary embedding (Su et al. 2021) under the model's scaling:
/// linear interpolation, llama3 (Llama 3.1 report) or YaRN (Peng et al. 2023). Radians per position.
std::vector<double> rope_inverse_frequencies(const ModelConfig& config);

/// What cos and sin are multiplied by: YaRN's temperature, 1 otherwise.
double rope_attention_scaling(const ModelConfig& config);

}  // namespace hone
