#include "model/ops/linear.hpp"

#include "model/ops/linear_cpu.hpp"

namespace hone::ops {

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (has_linear_cpu(x)) return linear_cpu(x, weight, bias);
  return bias.defined() ? at::addmm(bias, x, weight.t()) : at::mm(x, weight.t());
}

Tensor linear_add(const Tensor& residual, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (has_linear_cpu(x)) return linear_add_cpu(residual, x, weight, bias);
  Tensor y = at::addmm(residual, x, weight.t());
  if (bias.defined()) y.add_(bias);
  return y;
}

Tensor linear_backward_input(const Tensor& dy, const Tensor& weight) {
  return has_linear_cpu(dy) ? linear_cpu(dy, weight.t(), {}) : at::mm(dy, weight);
}

void linear_backward_weight(const Tensor& dy, const Tensor& x, const Tensor& weight_grad,
                            const Tensor& bias_grad) {
  if (weight_grad.defined()) {
    if (weight_grad.scalar_type() == dy.scalar_type()) {
      weight_grad.addmm_(dy.t(), x);
    } else {
      weight_grad.add_(at::mm(dy.t(), x));  // 16-bit compute, fp32 accumulation over micro-batches
    }
  }
  if (bias_grad.defined()) bias_grad.add_(dy.sum(0, false, bias_grad.scalar_type()));
}

}  // namespace hone::ops
