#include "zero/gathered_values.hpp"

#include <utility>

#include "zero/tensor_buffer.hpp"

namespace hone {

GatheredValues::GatheredValues(const ShardLayout& layout, int rank, WeightSet& weights, Communicator& comm,
                               const Sharding& sharding, BufferPool& pool)
    : layout_(layout), comm_(comm), sharding_(sharding), pool_(pool) {
  for (const WeightSpec& weight : layout.unit().weights) weights_.push_back(&weights.add(weight.key));
  if (sharding.parameters()) {
    shard_ = at::zeros({layout.shard_size()}, sharding.storage);
  } else {
    resident_ = at::zeros({layout.total()}, sharding.storage);
    shard_ = resident_.narrow(0, layout.shard_begin(rank), layout.shard_size());
  }
}

Tensor GatheredValues::view(const Tensor& buffer, std::size_t weight) const {
  const Placement& place = layout_.placement(weight);
  return buffer.narrow(0, place.offset, place.numel).view(layout_.unit().weights[weight].shape);
}

void GatheredValues::bind_values(const Tensor& buffer) {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    weights_[i]->bind_value(buffer.defined() ? view(buffer, i) : Tensor());
  }
}

void GatheredValues::bind_gradients(const Tensor& buffer) {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    weights_[i]->bind_grad(buffer.defined() ? view(buffer, i) : Tensor());
  }
}

void GatheredValues::publish() {
  if (resident_.defined() && layout_.ranks() > 1) {
    comm_.all_gather(const_buffer_of(shard_), buffer_of(resident_)).wait();
  }
}

void GatheredValues::prefetch() {
  if (!sharding_.parameters() || gather_ || users_ > 0) return;
  gathered_ = pool_.take(layout_.total(), sharding_.storage);
  gather_ = comm_.all_gather(const_buffer_of(shard_), buffer_of(gathered_));
  gathered_bytes_ += static_cast<std::int64_t>(gathered_.nbytes());
}

void GatheredValues::acquire() {
  prefetch();
  if (users_++ > 0) return;
  Tensor values = resident_;
  if (gather_) {
    gather_->wait();
    gather_.reset();
    values = gathered_;
  }
  if (sharding_.storage != sharding_.compute) {
    converted_ = pool_.take(layout_.total(), sharding_.compute);
    converted_.copy_(values);
    values = converted_;
  }
  bind_values(values);
}

void GatheredValues::release() {
  HONE_ASSERT(users_ > 0);
  if (--users_ > 0) return;
  bind_values({});
  if (gathered_.defined()) pool_.give(std::exchange(gathered_, {}));
  if (converted_.defined()) pool_.give(std::exchange(converted_, {}));
}

}  // namespace hone
