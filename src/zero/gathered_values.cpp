#include "zero/gathered_values.hpp"

#include <utility>

namespace hone {

GatheredValues::GatheredValues(const ShardLayout& layout, int rank, WeightSet& weights, Communicator& comm,
                               const Sharding& sharding, BufferPool& pool)
    : layout_(layout),
      sharding_(sharding),
      pool_(pool),
      buffer_(layout.shard_size(), layout.ranks(), rank, sharding.storage_options(),
              sharding.gathered() ? GatheredBuffer::Residence::kShard : GatheredBuffer::Residence::kWhole,
              comm, pool) {
  for (const WeightSpec& weight : layout.unit().weights) weights_.push_back(&weights.add(weight.key));
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

void GatheredValues::prefetch() {
  if (users_ == 0) buffer_.prefetch();
}

void GatheredValues::acquire() {
  if (users_++ > 0) return;
  values_ = buffer_.take();
  if (sharding_.storage != sharding_.compute) {
    converted_ = pool_.take(layout_.total(), sharding_.compute);
    converted_.copy_(values_);
  }
  bind_values(converted_.defined() ? converted_ : values_);
}

void GatheredValues::release() {
  HONE_ASSERT(users_ > 0);
  if (--users_ > 0) return;
  bind_values({});
  buffer_.give_back(std::exchange(values_, {}));
  if (converted_.defined()) pool_.give(std::exchange(converted_, {}));
}

}  // namespace hone
