#include "model/ops/attention.hpp"

#include "base/error.hpp"

namespace hone::ops {
namespace {

// (tokens, heads, dim) -> (1, heads, length, dim) of one sample, without a copy.
Tensor sample(const Tensor& x, std::int64_t begin, std::int64_t length) {
  return x.narrow(0, begin, length).transpose(0, 1).unsqueeze(0);
}

// Repeats each key/value head for the query heads that share it.
Tensor repeat_heads(const Tensor& x, std::int64_t groups) {
  if (groups == 1) return x;
  const std::int64_t heads = x.size(1), length = x.size(2), dim = x.size(3);
  return x.unsqueeze(2).expand({1, heads, groups, length, dim}).reshape({1, heads * groups, length, dim});
}

// The sum of the gradients of the repeated heads: (1, heads * groups, length, dim) -> (1, heads, length,
// dim).
Tensor sum_heads(const Tensor& x, std::int64_t groups) {
  if (groups == 1) return x;
  return x.unflatten(1, {x.size(1) / groups, groups}).sum(2);
}

}  // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                 AttentionSaved& saved) {
  HONE_ASSERT(q.device().is_cpu());
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

void attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq, const Tensor& dk,
                        const Tensor& dv) {
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
