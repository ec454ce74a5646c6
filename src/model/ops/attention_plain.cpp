#include <cmath>

#include "model/ops/attention_kernels.hpp"
#include "model/ops/sample_heads.hpp"

namespace hone::ops {
namespace {

at::ScalarType softmax_type(const Tensor& x) {
  return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

double scale_of(const Tensor& q) { return 1.0 / std::sqrt(static_cast<double>(q.size(3))); }

// (1, heads, length, length) in the softmax's precision, -inf above the diagonal.
Tensor scores(const Tensor& q, const Tensor& k) {
  Tensor scores = at::matmul(q, k.transpose(2, 3)).to(softmax_type(q)).mul_(scale_of(q));
  const std::int64_t length = q.size(2);
  const Tensor above = at::ones({length, length}, q.options().dtype(at::kBool)).triu_(1);
  return scores.masked_fill_(above, -INFINITY);
}

struct SampleHeads {
  Tensor q, k, v;  // (1, heads, length, head_dim)
};

SampleHeads heads_of(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t begin,
                     std::int64_t length) {
  const std::int64_t groups = q.size(1) / k.size(1);
  return {sample(q, begin, length), repeat_heads(sample(k, begin, length), groups),
          repeat_heads(sample(v, begin, length), groups)};
}

// (1, heads, length, 1) of one sample.
Tensor logsumexp_of(const AttentionSaved& saved, std::int64_t begin, std::int64_t length) {
  return saved.logsumexp.narrow(1, begin, length).unsqueeze(0).unsqueeze(-1);
}

}  // namespace

Tensor attention_plain(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                       AttentionSaved& saved) {
  const Tensor y = at::empty(q.sizes(), q.options());
  saved.logsumexp = at::empty({q.size(1), q.size(0)}, q.options().dtype(softmax_type(q)));
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::int64_t begin = bounds[i], length = bounds[i + 1] - begin;
    const SampleHeads heads = heads_of(q, k, v, begin, length);
    const Tensor raw = scores(heads.q, heads.k);
    const Tensor logsumexp = raw.logsumexp(-1, true);
    const Tensor weights = (raw - logsumexp).exp_().to(q.scalar_type());
    sample(y, begin, length).copy_(at::matmul(weights, heads.v));
    logsumexp_of(saved, begin, length).copy_(logsumexp);
  }
  saved.output = y;
  return y.flatten(1);
}

void attention_backward_plain(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                              const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq,
                              const Tensor& dk, const Tensor& dv) {
  const std::int64_t groups = q.size(1) / k.size(1);
  const at::ScalarType type = softmax_type(q);
  const Tensor upstream = dy.view(q.sizes());
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::int64_t begin = bounds[i], length = bounds[i + 1] - begin;
    const SampleHeads heads = heads_of(q, k, v, begin, length);
    const Tensor g = sample(upstream, begin, length);
    const Tensor weights = (scores(heads.q, heads.k) - logsumexp_of(saved, begin, length)).exp_();
    const Tensor d_weights = at::matmul(g, heads.v.transpose(2, 3)).to(type);
    const Tensor projection = (g.to(type) * sample(saved.output, begin, length).to(type)).sum(-1, true);
    const Tensor d_scores = (weights * (d_weights - projection)).mul_(scale_of(heads.q)).to(q.scalar_type());
    sample(dq, begin, length).copy_(at::matmul(d_scores, heads.k));
    sample(dk, begin, length).copy_(sum_heads(at::matmul(d_scores.transpose(2, 3), heads.q), groups));
    sample(dv, begin, length)
        .copy_(sum_heads(at::matmul(weights.to(q.scalar_type()).transpose(2, 3), g), groups));
  }
}

}  // namespace hone::ops
