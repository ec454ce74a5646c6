#pragma once

#include <optional>

#include "model/linear.hpp"
#include "model/model_config.hpp"
#include "model/rms_norm.hpp"
#include "model/segments.hpp"

namespace hone {

/// Grouped-query self-attention: one joined q/k/v product, optional RMSNorm on each head of q and k (Qwen3),
/// RoPE.
class SelfAttention {
 public:
  struct Saved {
    Tensor input;  // (tokens, hidden)
    Tensor qkv;  // (tokens, (heads + 2 kv_heads) head_dim): before the head norms, or rotated where there are
                 // none
    Tensor q, k;                          // (tokens, heads | kv_heads, head_dim), normalised and rotated
    Tensor q_inverse_rms, k_inverse_rms;  // (tokens * heads), (tokens * kv_heads); only with head norms
    Tensor output;                        // (tokens, heads * head_dim)
    ops::AttentionSaved attention;
    Linear::Saved qkv_linear, o_linear;
  };

  /// `lora` and `first_layer` as Linear takes them; two linear layers count.
  SelfAttention(const ModelConfig& config, WeightSet& weights, const LoraMaths* lora,
                std::uint32_t first_layer);

  /// residual + attention(x). x, residual: (tokens, hidden).
  Tensor forward_add(const Tensor& residual, const Tensor& x, const Segments& segments, Saved& saved) const;
  /// Gradient by x, undefined where nobody asks for it.
  Tensor backward(const Tensor& dy, const Segments& segments, const Saved& saved, InputGradient input) const;
  /// Whether backward owes any of the weights a gradient.
  bool has_grad() const { return o_.has_grad() || has_grad_before_attention(); }

 private:
  struct Heads {
    Tensor q, k, v;  // views of a joined tensor as (tokens, heads, head_dim)
  };
  Heads split(const Tensor& joined) const;
  bool has_grad_before_attention() const {
    return qkv_.has_grad() || (q_norm_ && (q_norm_->has_grad() || k_norm_->has_grad()));
  }

  std::int64_t heads_, kv_heads_, head_dim_;
  Linear qkv_, o_;
  std::optional<RmsNorm> q_norm_, k_norm_;
};

}  // namespace hone
