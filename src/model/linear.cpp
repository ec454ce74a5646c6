#include "model/linear.hpp"

#include "model/ops/dropout.hpp"
#include "model/ops/linear.hpp"

namespace hone {

Linear::Linear(WeightSet& weights, const std::string& key, const LoraMaths* lora, std::uint32_t layer)
    : weight_(weights.at(key)), bias_(weights.find(key + "_bias")), lora_(lora), layer_(layer) {
  if (lora_ == nullptr) return;
  const auto targets = lora_->targets.find(key);
  if (targets == lora_->targets.end()) return;
  adapters_.emplace(Adapters{weights.at(key + "_lora_A"), weights.at(key + "_lora_B"), targets->second});
}

Tensor Linear::forward(const Tensor& x, const Segments& segments, Saved& saved) const {
  Tensor y = ops::linear(x, weight_.value(), bias());
  if (adapters_) add_adapters(y, x, segments, saved);
  return y;
}

Tensor Linear::forward_add(const Tensor& residual, const Tensor& x, const Segments& segments,
                           Saved& saved) const {
  Tensor y = ops::linear_add(residual, x, weight_.value(), bias());
  if (adapters_) add_adapters(y, x, segments, saved);
  return y;
}

Tensor Linear::backward(const Tensor& dy, const Tensor& x, const Saved& saved, InputGradient input) const {
  ops::linear_backward_weight(dy, x, weight_.grad(), bias_ != nullptr ? bias_->grad() : Tensor());
  Tensor dx;
  if (input == InputGradient::kNeeded) dx = ops::linear_backward_input(dy, weight_.value());
  if (adapters_) adapters_backward(dy, x, saved, dx);
  return dx;
}

bool Linear::has_grad() const {
  return weight_.has_grad() || (bias_ != nullptr && bias_->has_grad()) ||
         (adapters_ && (adapters_->a.has_grad() || adapters_->b.has_grad()));
}

Tensor Linear::dropped(const Tensor& x, const Saved& saved) const {
  return saved.dropout_mask.defined() ? ops::dropout(x, saved.dropout_mask, lora_->dropout) : x;
}

// Through the low rank first: (tokens, rank) products, never the (out, in) one of B A.
void Linear::add_adapters(const Tensor& y, const Tensor& x, const Segments& segments, Saved& saved) const {
  if (lora_->dropout > 0 && segments.dropout) {
    saved.dropout_mask =
        ops::dropout_mask(x.size(1), lora_->dropout, layer_, segments.bounds, *segments.dropout, x.device());
  }
  saved.low_rank = ops::linear(dropped(x, saved), adapters_->a.value(), {}).mul_(lora_->scaling);
  std::int64_t row = 0;
  for (std::size_t i = 0; i < adapters_->targets.size(); ++i) {
    const LoraTarget& target = adapters_->targets[i];
    const Tensor low_rank = saved.low_rank.narrow(1, static_cast<std::int64_t>(i) * lora_->rank, lora_->rank);
    y.narrow(1, target.first_row, target.rows)
        .addmm_(low_rank, adapters_->b.value().narrow(0, row, target.rows).t());
    row += target.rows;
  }
}

void Linear::adapters_backward(const Tensor& dy, const Tensor& x, const Saved& saved,
                               const Tensor& dx) const {
  const Tensor d_low_rank = at::empty_like(saved.low_rank);
  std::int64_t row = 0;
  for (std::size_t i = 0; i < adapters_->targets.size(); ++i) {
    const LoraTarget& target = adapters_->targets[i];
    const std::int64_t column = static_cast<std::int64_t>(i) * lora_->rank;
    const Tensor d_target = dy.narrow(1, target.first_row, target.rows);
    Tensor d_part = d_low_rank.narrow(1, column, lora_->rank);
    at::mm_out(d_part, d_target, adapters_->b.value().narrow(0, row, target.rows));
    const Tensor& b_grad = adapters_->b.grad();
    ops::linear_backward_weight(d_target, saved.low_rank.narrow(1, column, lora_->rank),
                                b_grad.defined() ? b_grad.narrow(0, row, target.rows) : Tensor(), {});
    row += target.rows;
  }
  d_low_rank.mul_(lora_->scaling);
  ops::linear_backward_weight(d_low_rank, dropped(x, saved), adapters_->a.grad(), {});
  if (!dx.defined()) return;
  if (saved.dropout_mask.defined()) {
    dx.add_(dropped(at::mm(d_low_rank, adapters_->a.value()), saved));
  } else {
    dx.addmm_(d_low_rank, adapters_->a.value());
  }
}

}  // namespace hone
