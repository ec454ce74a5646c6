#include "model/ops/embedding.hpp"

namespace hone::ops {

Tensor embedding(const Tensor& ids, const Tensor& weight) { return weight.index_select(0, ids); }

void embedding_backward(const Tensor& dy, const Tensor& ids, const Tensor& weight_grad) {
  weight_grad.index_add_(0, ids, dy.to(weight_grad.scalar_type()));
}

}  // namespace hone::ops
