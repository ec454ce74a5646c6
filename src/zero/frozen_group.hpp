#pragma once

#include "zero/gathered_values.hpp"
#include "zero/read_range.hpp"

namespace hone {

/// The weights of a unit that training leaves alone: values, sharded where ZeRO shards parameters.
class FrozenGroup {
 public:
  /// `weights` receives the weights by key. The references must outlive the group.
  FrozenGroup(UnitSpec spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
              BufferPool& pool);
  FrozenGroup(const FrozenGroup&) = delete;
  FrozenGroup& operator=(const FrozenGroup&) = delete;

  const ShardLayout& layout() const { return layout_; }
  GatheredValues& values() { return values_; }
  const GatheredValues& values() const { return values_; }
  /// Each rank reads only what it keeps.
  void load(const ReadRange& read);

 private:
  int rank_;
  UnitSpec spec_;
  ShardLayout layout_;
  GatheredValues values_;
};

}  // namespace hone
