#pragma once

#include <optional>
#include <vector>

#include "adapter/four_bit_table.hpp"
#include "comm/communicator.hpp"
#include "model/weight_set.hpp"
#include "zero/gathered_buffer.hpp"
#include "zero/group_layout.hpp"
#include "zero/read_range.hpp"
#include "zero/restore_weights.hpp"
#include "zero/shard_layout.hpp"
#include "zero/stage.hpp"

namespace hone {

/// The frozen weights of a unit in four bits (Q-LoRA, Dettmers et al. 2023): packed codes and scales are what
/// lies in the shards and what a gather carries; full values exist only while a layer uses them.
class QuantisedGroup {
 public:
  /// `weights` receives the weights by key. The references must outlive the group.
  QuantisedGroup(UnitSpec spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
                 BufferPool& pool, FourBitType type);
  QuantisedGroup(const QuantisedGroup&) = delete;
  QuantisedGroup& operator=(const QuantisedGroup&) = delete;

  /// Each rank reads and quantises only its own range, a piece at a time; all ranks call it together.
  /// Throws Error(kData) on every rank for a parameter with values that are not finite.
  void load(const ReadRange& read);

  void prefetch();
  void acquire();
  void release();

  /// Codes and scales that stay in this rank's memory, in bytes.
  std::int64_t resident_bytes() const { return packed_.resident_bytes(); }
  std::int64_t gathered_bytes() const { return packed_.gathered_bytes(); }

 private:
  std::vector<float> quantise_shard(const ReadRange& read, std::uint8_t* codes,
                                    std::vector<double>& group_sums);
  void find_offsets(const std::vector<double>& all_group_sums);
  void compress_shard(const std::vector<float>& scales, std::uint8_t* bytes);
  void dequantise_into(const Tensor& packed, const Tensor& values) const;
  void restore_into(const Tensor& packed, const Tensor& values) const;

  Communicator& comm_;
  const Sharding& sharding_;
  BufferPool& pool_;
  FourBitType type_;
  UnitSpec spec_;
  GroupLayout layout_;                // of the packed bytes
  ShardLayout value_layout_;          // of the full values, for one rank: where each weight lies in `values_`
  std::vector<std::int64_t> places_;  // of each parameter in `values_`
  std::vector<Weight*> weights_;
  std::vector<float> offsets_;           // of each parameter's scales
  std::optional<RestoreTables> tables_;  // on a device
  GatheredBuffer packed_;                // (ranks * shard_bytes) uint8
  Tensor values_;                        // (total) compute dtype, between acquire and release
  int users_ = 0;
};

}  // namespace hone
