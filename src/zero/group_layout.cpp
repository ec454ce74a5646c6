#include "zero/group_layout.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace hone {

GroupLayout::GroupLayout(const UnitSpec& unit, int ranks) : ranks_(ranks) {
  HONE_ASSERT(ranks > 0);
  std::int64_t groups = 0;
  for (const WeightSpec& weight : unit.weights) {
    for (const WeightPart& part : weight.parts) {
      parts_.push_back(&part);
      first_groups_.push_back(groups);
      groups += quantised_sizes(part.numel()).group_maxima;
    }
  }
  groups_per_rank_ = quotient_rounded_up(groups, ranks);
}

std::vector<GroupSlice> GroupLayout::slices(int rank) const {
  const std::int64_t shard_first = groups_per_rank_ * rank, shard_last = shard_first + groups_per_rank_;
  std::vector<GroupSlice> result;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::int64_t begin = first_groups_[i], numel = parts_[i]->numel();
    const std::int64_t first = std::max(begin, shard_first);
    const std::int64_t last = std::min(begin + quantised_sizes(numel).group_maxima, shard_last);
    if (first >= last) continue;
    const std::int64_t offset = (first - begin) * kWeightsPerGroup;
    const std::int64_t end = std::min((last - begin) * kWeightsPerGroup, numel);
    result.push_back({i, offset, end - offset, first - shard_first});
  }
  return result;
}

}  // namespace hone
