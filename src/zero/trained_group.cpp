#include "zero/trained_group.hpp"

#include <utility>

#include "zero/host_tensor.hpp"
#include "zero/host_values.hpp"
#include "zero/tensor_buffer.hpp"

namespace hone {

TrainedGroup::TrainedGroup(UnitSpec spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
                           BufferPool& pool)
    : comm_(comm),
      sharding_(sharding),
      pool_(pool),
      rank_(sharding.optimizer() ? comm.rank() : 0),
      spec_(std::move(spec)),
      layout_(spec_, sharding.optimizer() ? comm.size() : 1),
      values_(layout_, rank_, weights, comm, sharding, pool),
      master_(sharding.storage == at::kFloat && sharding.host_optimizer == sharding.host_parameters
                  ? values_.shard()
                  : zeros_beside(layout_.shard_size(), sharding.optimizer_options(), sharding.device)) {}

void TrainedGroup::load(const ReadRange& read) {
  const HostValues host(master_);
  for (const ShardSlice& slice : layout_.slices(rank_)) {
    read(*slice.part, slice.part_offset, slice.count, host.data<float>() + slice.shard_offset);
  }
  host.write_back();
  publish();
}

void TrainedGroup::publish() {
  const Tensor& shard = values_.shard();
  // From the host the masters travel as they are and are converted there, while the host goes on: it writes
  // them again only after the next step's synchronisation, or in a load, which publishes anew.
  const bool to_device = master_.is_cpu() && !shard.is_cpu();
  if (!master_.is_same(shard)) shard.copy_(master_, /*non_blocking=*/to_device);
  values_.publish();
}

void TrainedGroup::begin_gradient() {
  if (sharding_.gradients()) {
    full_gradient_ = pool_.take(layout_.total(), at::kFloat);
    full_gradient_.zero_();
  } else if (!full_gradient_.defined()) {
    full_gradient_ = at::zeros({layout_.total()}, sharding_.gradient_options());
  }
  values_.bind_gradients(full_gradient_);
}

void TrainedGroup::end_gradient() {
  values_.bind_gradients({});
  if (!sharding_.gradients()) return;
  absorb_reduction();
  incoming_ = pool_.take(layout_.shard_size(), at::kFloat);
  outgoing_ = std::exchange(full_gradient_, {});
  reduction_ = reduce_to(incoming_, outgoing_);
}

Work TrainedGroup::reduce_to(const Tensor& shard, const Tensor& whole) {
  reduced_bytes_ += static_cast<std::int64_t>(whole.nbytes());
  return comm_.reduce_scatter(const_buffer_of(whole), buffer_of(shard));
}

void TrainedGroup::absorb_reduction() {
  if (!reduction_) return;
  reduction_->wait();
  reduction_.reset();
  if (!shard_gradient_.defined())
    shard_gradient_ = at::zeros({layout_.shard_size()}, sharding_.gradient_options());
  shard_gradient_.add_(incoming_);
  pool_.give(std::exchange(incoming_, {}));
  pool_.give(std::exchange(outgoing_, {}));
}

void TrainedGroup::finish_gradient() {
  if (sharding_.gradients()) {
    absorb_reduction();
  } else if (sharding_.optimizer()) {
    if (!shard_gradient_.defined())
      shard_gradient_ = at::zeros({layout_.shard_size()}, sharding_.gradient_options());
    reduce_to(shard_gradient_, full_gradient_).wait();
  } else {
    if (sharding_.ranks > 1) {
      reduced_bytes_ += static_cast<std::int64_t>(full_gradient_.nbytes());
      comm_.all_reduce(buffer_of(full_gradient_), ReduceOp::kSum).wait();
    }
    shard_gradient_ = full_gradient_;
  }
  if (!sharding_.host_optimizer) return;
  if (!host_gradient_.defined())
    host_gradient_ = zeros_beside(layout_.shard_size(), sharding_.optimizer_options(), sharding_.device);
  host_gradient_.copy_(shard_gradient_, /*non_blocking=*/true);
}

void TrainedGroup::clear_gradient() {
  if (shard_gradient_.defined()) shard_gradient_.zero_();
  if (full_gradient_.defined() && !full_gradient_.is_same(shard_gradient_)) full_gradient_.zero_();
}

}  // namespace hone
