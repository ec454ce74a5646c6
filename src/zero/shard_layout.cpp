#include "zero/shard_layout.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace hone {
namespace {

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

ShardLayout::ShardLayout(const UnitSpec& unit, int ranks) : unit_(&unit), ranks_(ranks) {
  HONE_ASSERT(ranks > 0);
  placements_.resize(unit.weights.size());
  std::int64_t end = 0;
  const auto place = [&](bool decay) {
    for (std::size_t i = 0; i < unit.weights.size(); ++i) {
      if (unit.weights[i].decay != decay) continue;
      placements_[i] = {round_up(end, kAlignment), unit.weights[i].numel()};
      end = placements_[i].offset + placements_[i].numel;
    }
  };
  place(true);
  decay_end_ = end;
  place(false);
  shard_size_ = round_up((end + ranks - 1) / ranks, kAlignment);
}

std::int64_t ShardLayout::decay_count(int rank) const {
  return std::clamp<std::int64_t>(decay_end_ - shard_begin(rank), 0, shard_size_);
}

std::vector<ShardSlice> ShardLayout::slices(int rank) const {
  const std::int64_t shard_first = shard_begin(rank), shard_last = shard_first + shard_size_;
  std::vector<ShardSlice> result;
  for (std::size_t i = 0; i < placements_.size(); ++i) {
    std::int64_t part_first = placements_[i].offset;
    for (const WeightPart& part : unit_->weights[i].parts) {
      const std::int64_t part_last = part_first + part.numel();
      const std::int64_t first = std::max(part_first, shard_first), last = std::min(part_last, shard_last);
      if (first < last) result.push_back({&part, first - part_first, first - shard_first, last - first});
      part_first = part_last;
    }
  }
  std::sort(result.begin(), result.end(),
            [](const ShardSlice& a, const ShardSlice& b) { return a.shard_offset < b.shard_offset; });
  return result;
}

}  // namespace hone
