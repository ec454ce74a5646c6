#include "model/ops/attention.hpp"

#include "comm/cuda_device.hpp"
#include "model/ops/attention_kernels.hpp"

namespace hone::ops {
namespace {

constexpr std::int64_t kFlashHeadDim = 256;  // the largest it is built for
constexpr std::int64_t kFlashHeadDimMultiple = 8;
constexpr int kFlashCapability = 8;

// Asking a device takes milliseconds, and a process computes on one.
int capability_of(const at::Device& device) {
  if (device.is_cpu()) return 0;
  static const int capability = cuda_properties(device.index()).major;
  return capability;
}

AttentionKernel kernel_of(const Tensor& q) {
  return attention_kernel(q.device(), capability_of(q.device()), q.scalar_type(), q.size(2));
}

}  // namespace

AttentionKernel attention_kernel(const at::Device& device, int capability, at::ScalarType type,
                                 std::int64_t head_dim) {
  if (device.is_cpu()) return type == at::kFloat ? AttentionKernel::kCpu : AttentionKernel::kPlain;
  const bool flash = capability >= kFlashCapability && (type == at::kBFloat16 || type == at::kHalf) &&
                     head_dim <= kFlashHeadDim && head_dim % kFlashHeadDimMultiple == 0;
  return flash ? AttentionKernel::kFlash : AttentionKernel::kPlain;
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Bounds& bounds,
                 AttentionSaved& saved) {
  switch (kernel_of(q)) {
    case AttentionKernel::kCpu: return attention_cpu(q, k, v, bounds, saved);
    case AttentionKernel::kFlash: return attention_flash(q, k, v, bounds, saved);
    case AttentionKernel::kPlain: break;
  }
  return attention_plain(q, k, v, bounds, saved);
}

void attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Bounds& bounds, const AttentionSaved& saved, const Tensor& dq, const Tensor& dk,
                        const Tensor& dv) {
  switch (kernel_of(q)) {
    case AttentionKernel::kCpu: return attention_backward_cpu(dy, q, k, v, bounds, saved, dq, dk, dv);
    case AttentionKernel::kFlash: return attention_backward_flash(dy, q, k, v, bounds, saved, dq, dk, dv);
    case AttentionKernel::kPlain: return attention_backward_plain(dy, q, k, v, bounds, saved, dq, dk, dv);
  }
}

}  // namespace hone::ops
