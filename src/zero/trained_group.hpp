#pragma once

#include <optional>

#include "zero/gathered_values.hpp"
#include "zero/read_range.hpp"

namespace hone {

/// The trained weights of a unit as one rank holds them: fp32 master shard, values for the layers, gradients.
class TrainedGroup {
 public:
  /// `weights` receives the weights by key. The references must outlive the group.
  TrainedGroup(UnitSpec spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
               BufferPool& pool);
  TrainedGroup(const TrainedGroup&) = delete;
  TrainedGroup& operator=(const TrainedGroup&) = delete;

  const ShardLayout& layout() const { return layout_; }
  /// Index of this rank's shard in the layout.
  int shard_rank() const { return rank_; }
  GatheredValues& values() { return values_; }
  const GatheredValues& values() const { return values_; }
  /// Bytes of all reductions so far, each counted whole.
  std::int64_t reduced_bytes() const { return reduced_bytes_; }

  /// Fills the master shard and the resident values; each rank reads only its own slices. All ranks call it
  /// together.
  void load(const ReadRange& read);

  void begin_gradient();
  void end_gradient();
  /// Waits for the reduction in flight, if any, and adds its result to the shard; frees its buffers.
  void absorb_reduction();
  /// Completes the reduction of the step's gradients into `gradient()`; with `host_optimizer` and a device
  /// the copy is under way until the device is synchronised. All ranks call it together.
  void finish_gradient();

  /// This rank's fp32 master values and their summed gradient: (shard_size), what the optimizer works on; in
  /// host memory with `host_optimizer`.
  const Tensor& master() const { return master_; }
  const Tensor& gradient() const { return sharding_.host_optimizer ? host_gradient_ : shard_gradient_; }
  /// Elements at the front of the shard that weight decay applies to.
  std::int64_t decay_count() const { return layout_.decay_count(rank_); }

  /// After the optimizer's step: brings the new masters to the layers' values. All ranks call it together.
  void publish();
  /// Forgets the step's gradients.
  void clear_gradient();

 private:
  Work reduce_to(const Tensor& shard, const Tensor& whole);

  Communicator& comm_;
  const Sharding& sharding_;
  BufferPool& pool_;
  int rank_;
  UnitSpec spec_;
  ShardLayout layout_;
  GatheredValues values_;
  Tensor master_;  // (shard_size) fp32; the values' own shard where that is fp32 and lies where AdamW runs

  Tensor full_gradient_;   // (total) fp32, from begin_gradient to the reduction
  Tensor shard_gradient_;  // (shard_size) fp32
  Tensor host_gradient_;   // (shard_size) fp32, a copy of it where the optimizer works on the host
  Tensor incoming_;        // (shard_size) fp32, target of the reduction in flight
  Tensor outgoing_;        // (total) fp32, its source
  std::optional<Work> reduction_;
  std::int64_t reduced_bytes_ = 0;
};

}  // namespace hone
