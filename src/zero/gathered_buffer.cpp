#include "zero/gathered_buffer.hpp"

#include <utility>

#include "zero/host_tensor.hpp"
#include "zero/tensor_buffer.hpp"

namespace hone {

GatheredBuffer::GatheredBuffer(std::int64_t shard_size, int shards, int shard,
                               const at::TensorOptions& options, Residence residence, Communicator& comm,
                               BufferPool& pool)
    : comm_(comm), pool_(pool), total_(shard_size * shards) {
  if (residence == Residence::kWhole) {
    resident_ = at::zeros({total_}, options);
    shard_ = resident_.narrow(0, shard_size * shard, shard_size);
  } else {
    shard_ = zeros_beside(shard_size, options, pool.device());
  }
}

void GatheredBuffer::publish() {
  if (resident_.defined() && total_ > shard_.numel()) {
    gather(resident_).wait();
  }
}

Work GatheredBuffer::gather(const Tensor& whole) {
  if (total_ > shard_.numel()) gathered_bytes_ += static_cast<std::int64_t>(whole.nbytes());
  return comm_.all_gather(const_buffer_of(shard_), buffer_of(whole));
}

void GatheredBuffer::prefetch() {
  if (resident_.defined() || gather_) return;
  gathered_ = pool_.take(total_, shard_.scalar_type());
  gather_ = gather(gathered_);
}

Tensor GatheredBuffer::take() {
  if (resident_.defined()) return resident_;
  prefetch();
  gather_->wait();
  gather_.reset();
  return std::exchange(gathered_, {});
}

void GatheredBuffer::give_back(Tensor whole) {
  if (!resident_.defined()) pool_.give(std::move(whole));
}

std::int64_t GatheredBuffer::resident_bytes() const {
  return static_cast<std::int64_t>(resident_.defined() ? resident_.nbytes() : shard_.nbytes());
}

}  // namespace hone
