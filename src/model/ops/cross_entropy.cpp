#include "model/ops/cross_entropy.hpp"

#include "model/ops/cross_entropy_cpu.hpp"

namespace hone::ops {
namespace {

Tensor log_probabilities(const Tensor& logits) {
  const at::ScalarType type = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return at::log_softmax(logits, 1, type);
}

double negative_log_likelihood(const Tensor& log_probability, const Tensor& targets) {
  return -log_probability.gather(1, targets.unsqueeze(1)).sum(at::kDouble).item<double>();
}

}  // namespace

double cross_entropy(const Tensor& logits, const Tensor& targets) {
  return negative_log_likelihood(log_probabilities(logits), targets);
}

double cross_entropy_backward_(Tensor& logits, const Tensor& targets, double scale) {
  if (has_cpu_kernel(logits)) return cross_entropy_backward_cpu_(logits, targets, scale);
  const Tensor log_probability = log_probabilities(logits);
  const double loss = negative_log_likelihood(log_probability, targets);
  if (logits.scalar_type() == log_probability.scalar_type()) {
    at::exp_out(logits, log_probability);
    logits.mul_(scale);
  } else {
    logits.copy_(log_probability.exp().mul_(scale));
  }
  const Tensor minus = at::full({targets.size(0), 1}, -scale, logits.options());
  logits.scatter_add_(1, targets.unsqueeze(1), minus);
  return loss;
}

}  // namespace hone::ops
