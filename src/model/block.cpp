#include "model/block.hpp"

namespace hone {
namespace {

constexpr std::uint32_t kLinearLayers = 4;  // q/k/v, o, gate/up, down

}  // namespace

Block::Block(const ModelConfig& config, WeightSet& weights, const LoraMaths* lora, std::uint32_t layer)
    : input_norm_(weights.at("input_norm"), config.rms_norm_eps),
      attention_(config, weights, lora, kLinearLayers * layer),
      post_norm_(weights.at("post_norm"), config.rms_norm_eps),
      mlp_(weights, lora, kLinearLayers * layer + 2) {}

Tensor Block::forward(const Tensor& x, const Segments& segments, Saved& saved) const {
  saved.input = x;
  saved.middle =
      attention_.forward_add(x, input_norm_.forward(x, saved.input_inverse_rms), segments, saved.attention);
  return mlp_.forward_add(saved.middle, post_norm_.forward(saved.middle, saved.middle_inverse_rms), segments,
                          saved.mlp);
}

Tensor Block::backward(const Tensor& dy, const Segments& segments, const Saved& saved,
                       InputGradient input) const {
  // From below: each gradient is needed where one below it is, or a weight between the two is trained.
  const InputGradient normed = needed_if(input == InputGradient::kNeeded || input_norm_.has_grad());
  const bool middle = normed == InputGradient::kNeeded || attention_.has_grad();
  const Tensor d_middle_normed = mlp_.backward(dy, saved.mlp, needed_if(middle || post_norm_.has_grad()));
  if (!d_middle_normed.defined()) return {};
  Tensor d_middle = post_norm_.backward(d_middle_normed, saved.middle, saved.middle_inverse_rms);
  if (!middle) return {};
  d_middle.add_(dy);
  const Tensor d_normed = attention_.backward(d_middle, segments, saved.attention, normed);
  if (!d_normed.defined()) return {};
  const Tensor dx = input_norm_.backward(d_normed, saved.input, saved.input_inverse_rms);
  return input == InputGradient::kNeeded ? dx.add_(d_middle) : Tensor();
}

}  // namespace hone
