#include "model/rope.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hone {
namespace {

double llama3_frequency(double frequency, const RopeConfig& rope) {
  const double wavelength = 2 * std::numbers::pi / frequency;
  const auto original = static_cast<double>(rope.original_max_position_embeddings);
  if (wavelength < original / rope.high_freq_factor) return frequency;
  if (wavelength > original / rope.low_freq_factor) return frequency / rope.factor;
  const double smooth =
      (original / wavelength - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
  return (1 - smooth) * frequency / rope.factor + smooth * frequency;
}

// The (fractional) dimension whose wavelength makes `rotations` turns over the original context.
double yarn_dimension(double rotations, const RopeConfig& rope, double head_dim) {
  const auto original = static_cast<double>(rope.original_max_position_embeddings);
  return head_dim * std::log(original / (rotations * 2 * std::numbers::pi)) / (2 * std::log(rope.theta));
}

std::vector<double> yarn_frequencies(std::vector<double> frequencies, const RopeConfig& rope,
                                     double head_dim) {
  double low = yarn_dimension(rope.beta_fast, rope, head_dim),
         high = yarn_dimension(rope.beta_slow, rope, head_dim);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, head_dim - 1);
  if (low == high) high += 0.001;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    frequencies[i] = frequencies[i] / rope.factor * ramp + frequencies[i] * (1 - ramp);
  }
  return frequencies;
}

}  // namespace

std::vector<double> rope_inverse_frequencies(const ModelConfig& config) {
  const RopeConfig& rope = config.rope;
  std::vector<double> frequencies;
  for (std::int64_t i = 0; i < config.head_dim / 2; ++i) {
    frequencies.push_back(
        std::pow(rope.theta, -2.0 * static_cast<double>(i) / static_cast<double>(config.head_dim)));
  }
  switch (rope.type) {
    case RopeConfig::Type::kDefault: break;
    case RopeConfig::Type::kLinear:
      for (double& frequency : frequencies) frequency /= rope.factor;
      break;
    case RopeConfig::Type::kLlama3:
      for (double& frequency : frequencies) frequency = llama3_frequency(frequency, rope);
      break;
    case RopeConfig::Type::kYarn:
      return yarn_frequencies(frequencies, rope, static_cast<double>(config.head_dim));
  }
  return frequencies;
}

double rope_attention_scaling(const ModelConfig& config) {
  const RopeConfig& rope = config.rope;
  if (rope.type != RopeConfig::Type::kYarn) return 1.0;
  if (rope.attention_factor > 0) return rope.attention_factor;
  return rope.factor <= 1 ? 1.0 : 0.1 * std::log(rope.factor) + 1.0;
}

}  // namespace hone
