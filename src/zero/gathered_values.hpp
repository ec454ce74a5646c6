#pragma once

#include <optional>
#include <vector>

#include "comm/communicator.hpp"
#include "model/weight_set.hpp"
#include "zero/buffer_pool.hpp"
#include "zero/shard_layout.hpp"
#include "zero/stage.hpp"

namespace hone {

/// The values of some weights of a unit as layers see them: resident, or gathered from the ranks' shards
/// while in use; in the storage dtype, and converted to the compute dtype where that is another.
class GatheredValues {
 public:
  /// Adds the layout's weights to `weights`. The references must outlive the values.
  GatheredValues(const ShardLayout& layout, int rank, WeightSet& weights, Communicator& comm,
                 const Sharding& sharding, BufferPool& pool);

  void prefetch();
  void acquire();
  void release();
  /// After the shard got new values: brings them to the resident copy. All ranks call it together.
  void publish();

  /// This rank's values, (shard_size) storage dtype.
  const Tensor& shard() const { return shard_; }
  /// Bytes of all gathers so far.
  std::int64_t gathered_bytes() const { return gathered_bytes_; }
  void bind_gradients(const Tensor& buffer);

 private:
  Tensor view(const Tensor& buffer, std::size_t weight) const;
  void bind_values(const Tensor& buffer);

  const ShardLayout& layout_;
  Communicator& comm_;
  const Sharding& sharding_;
  BufferPool& pool_;
  std::vector<Weight*> weights_;  // in the order of the layout

  Tensor resident_;   // (total); undefined when parameters are sharded
  Tensor shard_;      // (shard_size): its part of `resident_` where there is one
  Tensor gathered_;   // (total), between prefetch and release
  Tensor converted_;  // (total) compute dtype, between acquire and release where storage differs
  std::optional<Work> gather_;
  std::int64_t gathered_bytes_ = 0;
  int users_ = 0;  // acquires without a release yet
};

}  // namespace hone
