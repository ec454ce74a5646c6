#include "model/ops/attention_kernels.hpp"
#include "model/ops/sample_heads.hpp"

namespace hone::ops {

Tensor attention_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                     AttentionSaved& saved) {
  const std::int64_t groups = q.size(1) / k.size(1);
  Tensor y = at::empty({q.size(0), q.size(1), q.size(2)}, q.options());
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::int64_t begin = bounds[i], length = bounds[i + 1] - begin;
    auto [output, logsumexp] = at::_scaled_dot_product_flash_attention_for_cpu(
        sample(q, begin, length), repeat_heads(sample(k, begin, length), groups),
        repeat_heads(sample(v, begin, length), groups), 0.0, true);
    sample(y, begin, length).copy_(output);
    saved.output.push_back(std::move(output));
    saved.logsumexp.push_back(std::move(logsumexp));
  }
  return y.flatten(1);
}

void attention_backward_cpu(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                            const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq,
                            const Tensor& dk, const Tensor& dv) {
  const std::int64_t groups = q.size(1) / k.size(1);
  const Tensor upstream = dy.view({q.size(0), q.size(1), q.size(2)});
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::int64_t begin = bounds[i], length = bounds[i + 1] - begin;
    const auto [gq, gk, gv] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
        sample(upstream, begin, length), sample(q, begin, length),
        repeat_heads(sample(k, begin, length), groups), repeat_heads(sample(v, begin, length), groups),
        saved.output[i], saved.logsumexp[i], 0.0, true);
    sample(dq, begin, length).copy_(gq);
    sample(dk, begin, length).copy_(sum_heads(gk, groups));
    sample(dv, begin, length).copy_(sum_heads(gv, groups));
  }
}

}  // namespace hone::ops
