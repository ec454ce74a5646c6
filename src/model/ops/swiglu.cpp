#include "model/ops/swiglu.hpp"

#include "model/ops/swiglu_cpu.hpp"

namespace hone::ops {

Tensor swiglu(const Tensor& gate_up) {
  if (has_cpu_kernel(gate_up)) return swiglu_cpu(gate_up);
  const std::int64_t size = gate_up.size(1) / 2;
  return at::silu(gate_up.narrow(1, 0, size)).mul_(gate_up.narrow(1, size, size));
}

Tensor swiglu_backward(const Tensor& dy, const Tensor& gate_up) {
  if (has_cpu_kernel(gate_up)) return swiglu_backward_cpu(dy, gate_up);
  const std::int64_t size = gate_up.size(1) / 2;
  const Tensor gate = gate_up.narrow(1, 0, size), up = gate_up.narrow(1, size, size);
  Tensor result = at::empty_like(gate_up);
  result.narrow(1, 0, size).copy_(at::silu_backward(dy * up, gate));
  Tensor up_grad = result.narrow(1, size, size);
  at::mul_out(up_grad, at::silu(gate), dy);
  return result;
}

}  // namespace hone::ops
