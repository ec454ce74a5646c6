#pragma once

#include <cstdint>
#include <vector>

#include "model/tensor.hpp"

namespace hone::ops {

/// Where each sample of a padding-free micro-batch begins: sample i is tokens [bounds[i], bounds[i + 1]).
using Bounds = std::vector<std::int64_t>;

/// What attention keeps for its backward.
struct AttentionSaved {
  Tensor output;             // (tokens, heads, head_dim), the memory of the result
  Tensor logsumexp;          // of each softmax: (heads, tokens), or as the variable-length kernel has it
  Tensor offsets;            // (samples + 1) int32 on the device, for that kernel
  Tensor seed, seed_offset;  // of dropout inside it, which is never asked for
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

enum class AttentionKernel { kCpu, kFlash, kPlain };

/// Which of the kernels serves: fp32 on the CPU its own; on a device flash attention where it can (16-bit
/// values, head_dim a multiple of 8 and at most 256, compute capability 8.0 or later, of which `capability`
/// is the part before the point), else plain products, whose memory grows with the square of a sample's
/// length.
AttentionKernel attention_kernel(const at::Device& device, int capability, at::ScalarType type,
                                 std::int64_t head_dim);

}  // namespace hone::ops
