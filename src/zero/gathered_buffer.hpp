#pragma once

#include <optional>

#include "comm/communicator.hpp"
#include "zero/buffer_pool.hpp"

namespace hone {

/// One flat buffer of which each rank owns a run: resident whole, or gathered from the ranks' shards while in
/// use.
class GatheredBuffer {
 public:
  enum class Residence { kWhole, kShard };

  /// Zeroes. The buffer is `shards` runs of `shard_size` elements; this rank owns run `shard`. With kShard
  /// the options may keep that in host memory, whatever the pool's device. The references
  /// must outlive it.
  GatheredBuffer(std::int64_t shard_size, int shards, int shard, const at::TensorOptions& options,
                 Residence residence, Communicator& comm, BufferPool& pool);

  /// This rank's run, (shard_size): part of the whole where that is resident.
  const Tensor& shard() const { return shard_; }
  /// After the shard got new values: brings them to the resident whole. All ranks call it together.
  void publish();

  /// Starts the gather, unless it runs or there is nothing to gather.
  void prefetch();
  /// The whole, (shards * shard_size), until give_back(). All ranks call it together.
  Tensor take();
  /// Returns what take() gave.
  void give_back(Tensor whole);

  /// What stays in this rank's memory, in bytes.
  std::int64_t resident_bytes() const;
  /// Bytes of all gathers so far, each counted whole.
  std::int64_t gathered_bytes() const { return gathered_bytes_; }

 private:
  Work gather(const Tensor& whole);

  Communicator& comm_;
  BufferPool& pool_;
  std::int64_t total_;
  Tensor resident_;  // undefined where only the shard stays
  Tensor shard_;
  Tensor gathered_;  // between prefetch and take
  std::optional<Work> gather_;
  std::int64_t gathered_bytes_ = 0;
};

}  // namespace hone
