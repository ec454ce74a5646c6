#pragma once

#include <cstdint>
#include <vector>

#include "model/weight_table.hpp"

namespace hone {

/// Where a weight lies inside its unit's flat buffer.
struct Placement {
  std::int64_t offset;  // elements from the buffer's start
  std::int64_t numel;
};

/// A run of one named parameter that one rank's shard holds.
struct ShardSlice {
  const WeightPart* part;     // the Hugging Face parameter
  std::int64_t part_offset;   // first element, in the parameter's own row-major order
  std::int64_t shard_offset;  // first element, in the shard
  std::int64_t count;         // elements
};

/// How the weights of a unit lie end to end in one flat buffer and which range of it each rank owns. Pure
/// arithmetic. Weights that decay come first, so that the optimizer sees two ranges. Every weight starts on a
/// 64-byte boundary in fp32 and in bf16: the last bits of matrix kernels depend on alignment, and
/// reproducible runs depend on those bits. The end is padded so that all ranks own the same count, itself
/// aligned; nothing has to divide by the rank count.
class ShardLayout {
 public:
  static constexpr std::int64_t kAlignment = 32;  // elements: 64 bytes of bf16, 128 of fp32

  /// `unit` must outlive the layout.
  ShardLayout(const UnitSpec& unit, int ranks);

  const UnitSpec& unit() const { return *unit_; }
  int ranks() const { return ranks_; }
  /// By the index of the weight in the unit.
  const Placement& placement(std::size_t weight) const { return placements_[weight]; }
  /// Elements of the whole buffer, padding included.
  std::int64_t total() const { return shard_size_ * ranks_; }
  std::int64_t shard_size() const { return shard_size_; }
  std::int64_t shard_begin(int rank) const { return shard_size_ * rank; }
  /// How many of a shard's leading elements belong to weights that decay (padding between them included).
  std::int64_t decay_count(int rank) const;
  /// The parameter runs of a rank's shard, in shard order; together the ranks cover every parameter once.
  std::vector<ShardSlice> slices(int rank) const;

 private:
  const UnitSpec* unit_;
  int ranks_;
  std::vector<Placement> placements_;
  std::int64_t decay_end_ = 0;
  std::int64_t shard_size_ = 0;
};

}  // namespace hone
