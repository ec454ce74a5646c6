#include "model/ops/cross_entropy.hpp"

#include "model/ops/cross_entropy_cpu.hpp"

namespace hone::ops {
namespace {

Tensor log_probabilities(const Tensor& logits) {
  const at::ScalarType type = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return at::log_softmax(logits, 1, type);
}

Tensor negative_log_likelihood(const Tensor& log_probability, const Tensor& targets) {
  return log_probability.gather(1, targets.unsqueeze(1)).sum(at::kDouble).neg_();
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& targets) {
  return negative_log_likelihood(log_probabilities(logits), targets);
}

Tensor cross_entropy_backward_(Tensor& logits, const Tensor& targets, double scale) {
  if (has_cpu_kernel(logits))
    return at::scalar_tensor(cross_entropy_backward_cpu_(logits, targets, scale), at::kDouble);
  const Tensor log_probability = log_probabilities(logits);
  Tensor loss = negative_log_likelihood(log_probability, targets);
  // The gradient of a sure row cancels almost to nothing: subtracted before it is rounded to 16 bits.
  const bool in_place = logits.scalar_type() == log_probability.scalar_type();
  Tensor gradient = in_place ? at::exp_out(logits, log_probability) : log_probability.exp_();
  gradient.mul_(scale);
  gradient.scatter_add_(1, targets.unsqueeze(1), at::full({targets.size(0), 1}, -scale, gradient.options()));
  if (!in_place) logits.copy_(gradient);
  return loss;
}

}  // namespace hone::ops
