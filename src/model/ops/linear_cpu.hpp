#pragma once

#include "model/tensor.hpp"

namespace hone::ops {

/// oneDNN makes a kernel of up to 0.4 MB for every number of tokens, and two caches of 1,024 keep them:
/// enough for a micro-batch is kept instead. It sets environment variables, so that main calls it first,
/// while there is one thread; what the environment says stays.
void limit_kernel_caches();

/// Whether linear_cpu serves x: fp32 on the CPU with rows, and a LibTorch with oneDNN.
bool has_linear_cpu(const Tensor& x);

/// x W^T (+ b) by oneDNN, whose kernels follow the processor's instruction set where MKL's are chosen by the
/// vendor too; W may be a transposed view. Shapes as in linear().
Tensor linear_cpu(const Tensor& x, const Tensor& weight, const Tensor& bias);
/// residual + x W^T (+ b), the sum taken as the product is written.
Tensor linear_add_cpu(const Tensor& residual, const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace hone::ops
