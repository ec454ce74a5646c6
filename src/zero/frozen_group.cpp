#include "zero/frozen_group.hpp"

#include <utility>

namespace hone {

FrozenGroup::FrozenGroup(UnitSpec spec, WeightSet& weights, Communicator& comm, const Sharding& sharding,
                         BufferPool& pool)
    : rank_(sharding.parameters() ? comm.rank() : 0),
      spec_(std::move(spec)),
      layout_(spec_, sharding.parameters() ? comm.size() : 1),
      values_(layout_, rank_, weights, comm, sharding, pool) {}

void FrozenGroup::load(const ReadRange& read) {
  Tensor converted;
  for (const ShardSlice& slice : layout_.slices(rank_)) {
    Tensor place = values_.shard().narrow(0, slice.shard_offset, slice.count);
    if (place.scalar_type() == at::kFloat && place.is_cpu()) {
      read(*slice.part, slice.part_offset, slice.count, place.mutable_data_ptr<float>());
    } else {
      converted = at::empty({slice.count}, at::kFloat);
      read(*slice.part, slice.part_offset, slice.count, converted.mutable_data_ptr<float>());
      place.copy_(converted);
    }
  }
}

}  // namespace hone
