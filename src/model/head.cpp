#include "model/head.hpp"

#include <algorithm>

#include "model/ops/cross_entropy.hpp"
#include "model/ops/linear.hpp"

namespace hone {

// 256 rows of 152k fp32 logits are 156 MB; a GPU's matmuls want more rows, and each chunk costs it a few
// launches.
std::int64_t logit_rows(const at::Device& device) { return device.is_cpu() ? 256 : 1024; }

Head::Head(const ModelConfig& config, Weight& norm, Weight& projection)
    : norm_(norm, config.rms_norm_eps), projection_(projection) {}

Head::Result Head::forward_backward(const Tensor& x, const Targets& targets, double scale) const {
  Tensor inverse_rms;
  const Tensor selected = x.index_select(0, targets.rows);
  const Tensor hidden = norm_.forward(selected, inverse_rms);
  Tensor d_hidden = at::empty_like(hidden);
  const Tensor loss = at::zeros({}, x.options().dtype(at::kDouble));
  const std::int64_t rows = logit_rows(x.device());
  for (std::int64_t begin = 0; begin < hidden.size(0); begin += rows) {
    const std::int64_t count = std::min(rows, hidden.size(0) - begin);
    const Tensor chunk = hidden.narrow(0, begin, count);
    Tensor logits = ops::linear(chunk, projection_.value(), {});
    loss.add_(ops::cross_entropy_backward_(logits, targets.ids.narrow(0, begin, count), scale));
    d_hidden.narrow(0, begin, count).copy_(ops::linear_backward_input(logits, projection_.value()));
    ops::linear_backward_weight(logits, chunk, projection_.grad(), {});
  }
  Tensor dx = at::zeros_like(x);
  dx.index_copy_(0, targets.rows, norm_.backward(d_hidden, selected, inverse_rms));
  return {loss, dx};
}

Tensor Head::loss(const Tensor& x, const Targets& targets) const {
  Tensor inverse_rms;
  const Tensor hidden = norm_.forward(x.index_select(0, targets.rows), inverse_rms);
  const Tensor loss = at::zeros({}, x.options().dtype(at::kDouble));
  const std::int64_t rows = logit_rows(x.device());
  for (std::int64_t begin = 0; begin < hidden.size(0); begin += rows) {
    const std::int64_t count = std::min(rows, hidden.size(0) - begin);
    loss.add_(ops::cross_entropy(ops::linear(hidden.narrow(0, begin, count), projection_.value(), {}),
                                 targets.ids.narrow(0, begin, count)));
  }
  return loss;
}

Tensor Head::logits(const Tensor& x) const {
  Tensor inverse_rms;
  return ops::linear(norm_.forward(x, inverse_rms), projection_.value(), {});
}

}  // namespace hone
