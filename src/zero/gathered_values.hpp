#pragma once

#include <vector>

#include "comm/communicator.hpp"
#include "model/weight_set.hpp"
#include "zero/gathered_buffer.hpp"
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
  void publish() { buffer_.publish(); }

  /// This rank's values, (shard_size) storage dtype.
  const Tensor& shard() const { return buffer_.shard(); }
  std::int64_t resident_bytes() const { return buffer_.resident_bytes(); }
  std::int64_t gathered_bytes() const { return buffer_.gathered_bytes(); }
  void bind_gradients(const Tensor& buffer);

 private:
  Tensor view(const Tensor& buffer, std::size_t weight) const;
  void bind_values(const Tensor& buffer);

  const ShardLayout& layout_;
  const Sharding& sharding_;
  BufferPool& pool_;
  std::vector<Weight*> weights_;  // in the order of the layout
  GatheredBuffer buffer_;         // (total) storage dtype
  Tensor values_;                 // (total) storage dtype, between acquire and release
  Tensor converted_;              // (total) compute dtype, the same, where storage differs
  int users_ = 0;                 // acquires without a release yet
};

}  // namespace hone
