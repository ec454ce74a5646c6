#include "model/ops/embedding.hpp"

namespace hone::ops {

Tensor embedding(const Tensor& ids, const Tensor& weight) { return weight.index_select(0, ids); }

void embedding_backward(const Tensor& dy, const Tensor& ids, const Tensor& weight_grad) {
  const Tensor wide = dy.to(weight_grad.scalar_type());
  if (weight_grad.is_cpu()) {
    weight_grad.index_add_(0, ids, wide);
  } else {
    // Sorts the ids and sums in that order; a device's index_add_ adds in whatever order threads come.
    Tensor rows = weight_grad;
    at::index_put_(rows, {ids}, wide, /*accumulate=*/true);
  }
}

}  // namespace hone::ops
