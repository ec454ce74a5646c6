#pragma once

#include "model/ops/attention.hpp"

namespace hone::ops {

/// The kernels behind ops/attention.hpp; same shapes.

/// fp32 on the CPU: blocks of queries against blocks of keys (Dao et al. 2022), no scores kept; all samples
/// in one pass of the threads.
Tensor attention_cpu(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                     AttentionSaved& saved);
void attention_backward_cpu(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                            const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq,
                            const Tensor& dk, const Tensor& dv);

/// ATen's flash attention of CUDA (Dao 2023), all samples in one launch.
Tensor attention_flash(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                       AttentionSaved& saved);
void attention_backward_flash(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                              const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq,
                              const Tensor& dk, const Tensor& dv);

/// Two products and a softmax, sample by sample, on any device in any dtype; keeps no (length, length)
/// tensor.
Tensor attention_plain(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                       AttentionSaved& saved);
void attention_backward_plain(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                              const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq,
                              const Tensor& dk, const Tensor& dv);

}  // namespace hone::ops
