#include "model/ops/rms_norm.hpp"

#include "model/ops/rms_norm_cpu.hpp"

namespace hone::ops {
namespace {

// Statistics are kept in fp32 for 16-bit inputs and in the input's own precision otherwise.
at::ScalarType statistics_type(const Tensor& x) {
  return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

}  // namespace

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps, Tensor& inverse_rms) {
  if (has_cpu_kernel(x)) return rms_norm_cpu(x, weight, eps, inverse_rms);
  const Tensor wide = x.to(statistics_type(x));
  inverse_rms = wide.square().mean(-1).add(eps).rsqrt();
  return (wide * inverse_rms.unsqueeze(-1)).to(x.scalar_type()) * weight;
}

Tensor rms_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& inverse_rms,
                         const Tensor& weight_grad) {
  if (has_cpu_kernel(x)) return rms_norm_backward_cpu(dy, x, weight, inverse_rms, weight_grad);
  const at::ScalarType type = statistics_type(x);
  const Tensor scale = inverse_rms.unsqueeze(-1);
  const Tensor normalised = x.to(type) * scale;
  const Tensor upstream = dy.to(type);
  if (weight_grad.defined()) weight_grad.add_((upstream * normalised).sum(0));
  const Tensor g = upstream * weight.to(type);
  return ((g - normalised * (g * normalised).mean(-1, true)) * scale).to(x.scalar_type());
}

}  // namespace hone::ops
