#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "comm/communicator.hpp"
#include "model/weight_set.hpp"
#include "zero/buffer_pool.hpp"
#include "zero/shard_layout.hpp"
#include "zero/stage.hpp"

namespace hone {

/// The parameters of one unit as one rank holds them: fp32 master shard, resident or gathered values,
/// gradients.
class Unit {
 public:
  /// `weights` receives the unit's weights by key. `spec`, `comm` and `pool` must outlive the unit.
  Unit(const UnitSpec& spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
       BufferPool& pool);

  const ShardLayout& layout() const { return layout_; }

  /// Reads elements [offset, offset + count) of a named parameter, fp32, row-major.
  using ReadRange =
      std::function<void(const WeightPart&, std::int64_t offset, std::int64_t count, float* out)>;
  /// Fills the master shard and the resident values; each rank reads only its own slices. All ranks call it
  /// together.
  void load(const ReadRange& read);

  void prefetch();
  void acquire();
  void release();
  void begin_gradient();
  void end_gradient();
  /// Waits for the reduction in flight, if any, and adds its result to the shard; frees its buffers.
  void absorb_reduction();
  /// Completes the reduction of the step's gradients into `gradient()`. All ranks call it together.
  void finish_gradient();

  /// This rank's fp32 master values and their summed gradient: (shard_size), what the optimizer works on.
  const Tensor& master() const { return master_; }
  const Tensor& gradient() const { return shard_gradient_; }
  /// Elements at the front of the shard that weight decay applies to.
  std::int64_t decay_count() const { return layout_.decay_count(rank_); }

  /// After the optimizer's step: brings the new masters to the resident values. All ranks call it together.
  void publish();
  /// Forgets the step's gradients.
  void clear_gradient();

 private:
  Tensor view(const Tensor& buffer, std::size_t weight) const;
  void bind_values(const Tensor& buffer);
  void bind_gradients(const Tensor& buffer);
  Communicator& comm_;
  Sharding sharding_;
  BufferPool& pool_;
  int rank_;  // index of this rank's shard in the layout
  ShardLayout layout_;
  std::vector<Weight*> weights_;  // in the order of the spec

  Tensor master_;        // (shard_size) fp32
  Tensor stored_shard_;  // (shard_size) storage dtype: what gathers send; the master itself in fp32
  Tensor resident_;      // (total) storage dtype; undefined when parameters are sharded
  Tensor gathered_;      // (total) storage dtype, between prefetch and release
  Tensor converted_;     // (total) compute dtype, between acquire and release where storage differs
  std::optional<Work> gather_;
  int users_ = 0;  // acquires without a release yet

  Tensor full_gradient_;   // (total) fp32, from begin_gradient to the reduction
  Tensor shard_gradient_;  // (shard_size) fp32
  Tensor incoming_;        // (shard_size) fp32, target of the reduction in flight
  Tensor outgoing_;        // (total) fp32, its source
  std::optional<Work> reduction_;
};

}  // namespace hone
