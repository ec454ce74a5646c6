#include "zero/unit.hpp"

#include <utility>

#include "zero/tensor_buffer.hpp"

namespace hone {

Unit::Unit(const UnitSpec& spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
           BufferPool& pool)
    : comm_(comm),
      sharding_(sharding),
      pool_(pool),
      rank_(sharding.optimizer() ? comm.rank() : 0),
      layout_(spec, sharding.optimizer() ? comm.size() : 1) {
  for (const WeightSpec& weight : spec.weights) weights_.push_back(&weights.add(weight.key));
  const std::int64_t begin = layout_.shard_begin(rank_), size = layout_.shard_size();
  if (!sharding_.parameters()) resident_ = at::zeros({layout_.total()}, sharding_.storage);
  const bool master_is_resident = resident_.defined() && sharding_.storage == at::kFloat;
  master_ = master_is_resident ? resident_.narrow(0, begin, size) : at::zeros({size}, at::kFloat);
  if (sharding_.storage == at::kFloat) {
    stored_shard_ = master_;
  } else {
    stored_shard_ =
        resident_.defined() ? resident_.narrow(0, begin, size) : at::zeros({size}, sharding_.storage);
  }
}

Tensor Unit::view(const Tensor& buffer, std::size_t weight) const {
  const Placement& place = layout_.placement(weight);
  return buffer.narrow(0, place.offset, place.numel).view(layout_.unit().weights[weight].shape);
}

void Unit::bind_values(const Tensor& buffer) {
  for (std::size_t i = 0; i < weights_.size(); ++i)
    weights_[i]->bind_value(buffer.defined() ? view(buffer, i) : Tensor());
}

void Unit::bind_gradients(const Tensor& buffer) {
  for (std::size_t i = 0; i < weights_.size(); ++i)
    weights_[i]->bind_grad(buffer.defined() ? view(buffer, i) : Tensor());
}

void Unit::load(const ReadRange& read) {
  float* const shard = master_.mutable_data_ptr<float>();
  for (const ShardSlice& slice : layout_.slices(rank_)) {
    read(*slice.part, slice.part_offset, slice.count, shard + slice.shard_offset);
  }
  publish();
}

void Unit::publish() {
  if (sharding_.storage != at::kFloat) stored_shard_.copy_(master_);
  if (resident_.defined() && sharding_.optimizer()) {
    comm_.all_gather(const_buffer_of(stored_shard_), buffer_of(resident_)).wait();
  }
}

void Unit::prefetch() {
  if (!sharding_.parameters() || gather_ || users_ > 0) return;
  gathered_ = pool_.take(layout_.total(), sharding_.storage);
  gather_ = comm_.all_gather(const_buffer_of(stored_shard_), buffer_of(gathered_));
}

void Unit::acquire() {
  if (users_++ > 0) return;
  Tensor values = resident_;
  if (sharding_.parameters()) {
    users_ = 0;  // prefetch() starts nothing for a unit in use
    prefetch();
    users_ = 1;
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

void Unit::release() {
  HONE_ASSERT(users_ > 0);
  if (--users_ > 0) return;
  bind_values({});
  if (gathered_.defined()) pool_.give(std::exchange(gathered_, {}));
  if (converted_.defined()) pool_.give(std::exchange(converted_, {}));
}

void Unit::begin_gradient() {
  if (sharding_.gradients()) {
    full_gradient_ = pool_.take(layout_.total(), at::kFloat);
    full_gradient_.zero_();
  } else if (!full_gradient_.defined()) {
    full_gradient_ = at::zeros({layout_.total()}, at::kFloat);
  }
  bind_gradients(full_gradient_);
}

void Unit::end_gradient() {
  bind_gradients({});
  if (!sharding_.gradients()) return;
  absorb_reduction();
  incoming_ = pool_.take(layout_.shard_size(), at::kFloat);
  outgoing_ = std::exchange(full_gradient_, {});
  reduction_ = comm_.reduce_scatter(const_buffer_of(outgoing_), buffer_of(incoming_));
}

void Unit::absorb_reduction() {
  if (!reduction_) return;
  reduction_->wait();
  reduction_.reset();
  if (!shard_gradient_.defined()) shard_gradient_ = at::zeros({layout_.shard_size()}, at::kFloat);
  shard_gradient_.add_(incoming_);
  pool_.give(std::exchange(incoming_, {}));
  pool_.give(std::exchange(outgoing_, {}));
}

void Unit::finish_gradient() {
  if (sharding_.gradients()) {
    absorb_reduction();
  } else if (sharding_.optimizer()) {
    if (!shard_gradient_.defined()) shard_gradient_ = at::zeros({layout_.shard_size()}, at::kFloat);
    comm_.reduce_scatter(const_buffer_of(full_gradient_), buffer_of(shard_gradient_)).wait();
  } else {
    if (sharding_.ranks > 1) comm_.all_reduce(buffer_of(full_gradient_), ReduceOp::kSum).wait();
    shard_gradient_ = full_gradient_;
  }
}

void Unit::clear_gradient() {
  if (shard_gradient_.defined()) shard_gradient_.zero_();
  if (full_gradient_.defined() && !full_gradient_.is_same(shard_gradient_)) full_gradient_.zero_();
}

}  // namespace hone
