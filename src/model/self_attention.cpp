#include "model/self_attention.hpp"

#include "model/ops/rope.hpp"

namespace hone {
namespace {

// RMSNorm sees each head of each token as a row.
Tensor norm_heads(const RmsNorm& norm, const Tensor& x, Tensor& inverse_rms) {
  return norm.forward(x.reshape({-1, x.size(2)}), inverse_rms).view(x.sizes());
}

Tensor norm_heads_backward(const RmsNorm& norm, const Tensor& dy, const Tensor& x,
                           const Tensor& inverse_rms) {
  return norm.backward(dy.reshape({-1, x.size(2)}), x.reshape({-1, x.size(2)}), inverse_rms).view(x.sizes());
}

}  // namespace

SelfAttention::SelfAttention(const ModelConfig& config, WeightSet& weights, const LoraMaths* lora,
                             std::uint32_t first_layer)
    : heads_(config.num_attention_heads),
      kv_heads_(config.num_key_value_heads),
      head_dim_(config.head_dim),
      qkv_(weights, "qkv", lora, first_layer),
      o_(weights, "o", lora, first_layer + 1) {
  if (config.qk_norm) {
    q_norm_.emplace(weights.at("q_norm"), config.rms_norm_eps);
    k_norm_.emplace(weights.at("k_norm"), config.rms_norm_eps);
  }
}

SelfAttention::Heads SelfAttention::split(const Tensor& joined) const {
  const Tensor all = joined.view({joined.size(0), heads_ + 2 * kv_heads_, head_dim_});
  return {all.narrow(1, 0, heads_), all.narrow(1, heads_, kv_heads_),
          all.narrow(1, heads_ + kv_heads_, kv_heads_)};
}

Tensor SelfAttention::forward_add(const Tensor& residual, const Tensor& x, const Segments& segments,
                                  Saved& saved) const {
  saved.input = x;
  saved.qkv = qkv_.forward(x, segments, saved.qkv_linear);
  const Heads heads = split(saved.qkv);
  saved.q = q_norm_ ? norm_heads(*q_norm_, heads.q, saved.q_inverse_rms) : heads.q;
  saved.k = k_norm_ ? norm_heads(*k_norm_, heads.k, saved.k_inverse_rms) : heads.k;
  ops::rope_(saved.q, segments.cos, segments.sin);
  ops::rope_(saved.k, segments.cos, segments.sin);
  saved.output = ops::attention(saved.q, saved.k, heads.v, segments.bounds, saved.attention);
  return o_.forward_add(residual, saved.output, segments, saved.o_linear);
}

Tensor SelfAttention::backward(const Tensor& dy, const Segments& segments, const Saved& saved,
                               InputGradient input) const {
  const Heads heads = split(saved.qkv);
  const InputGradient output = needed_if(input == InputGradient::kNeeded || has_grad_before_attention());
  const Tensor d_output = o_.backward(dy, saved.output, saved.o_linear, output);
  if (!d_output.defined()) return {};
  Tensor d_qkv = at::empty_like(saved.qkv);
  const Heads d_heads = split(d_qkv);
  ops::attention_backward(d_output, saved.q, saved.k, heads.v, segments.bounds, saved.attention, d_heads.q,
                          d_heads.k, d_heads.v);
  ops::rope_backward_(d_heads.q, segments.cos, segments.sin);
  ops::rope_backward_(d_heads.k, segments.cos, segments.sin);
  if (q_norm_) d_heads.q.copy_(norm_heads_backward(*q_norm_, d_heads.q, heads.q, saved.q_inverse_rms));
  if (k_norm_) d_heads.k.copy_(norm_heads_backward(*k_norm_, d_heads.k, heads.k, saved.k_inverse_rms));
  return qkv_.backward(d_qkv, saved.input, saved.qkv_linear, input);
}

}  // namespace hone
