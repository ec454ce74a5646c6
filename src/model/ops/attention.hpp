#pragma once

#include <cstdint>
#include <vector>

#include "model/tensor.hpp"

namespace hone::ops {

/// Where each sample of a padding-free micro-batch begins: sample i is tokens [bounds[i], bounds[i + 1]).
using Bounds = std::vector<std::int64_t>;

/// What attention keeps for its backward, one entry a sample.
struct AttentionSaved {
  std::vector<Tensor> output;     // (1, heads, length, head_dim)
  std::vector<Tensor> logsumexp;  // as ATen's kernel gives it
};

/// Causal attention inside each sample (variable length, block-diagonal), softmax in fp32, scale 1 /
/// sqrt(head_dim). q: (tokens, heads, head_dim); k, v: (tokens, kv_heads, head_dim), heads a multiple of
/// kv_heads (GQA, Ainslie et al. 2023). Result: (tokens, heads * head_dim).
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                 AttentionSaved& saved);

/// Gradients by q, k and v, written into views of the same shapes. dy: (tokens, heads * head_dim).
void attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq, const Tensor& dk,
                        const Tensor& dv);

}  // namespace hone::ops
