#include "zero/group_layout.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace hone {

GroupLayout::GroupLayout(const UnitSpec& unit, int ranks) : ranks_(ranks) {
  HONE_ASSERT(ranks > 0);
  for (const WeightSpec& weight : unit.weights) {
    for (const WeightPart& part : weight.parts) {
      parts_.push_back(&part);
      first_groups_.push_back(groups_);
      groups_ += quantised_sizes(part.numel()).group_maxima;
    }
  }
  groups_per_rank_ = quotient_rounded_up(groups_, ranks);
}

GroupPlace GroupLayout::group(std::int64_t index) const {
  const auto next = std::upper_bound(first_groups_.begin(), first_groups_.end(), index);
  const auto part = static_cast<std::size_t>(next - first_groups_.begin()) - 1;
  const std::int64_t offset = (index - first_groups_[part]) * kWeightsPerGroup;
  const std::int64_t begin = index / groups_per_rank_ * shard_bytes(), local = index % groups_per_rank_;
  return {.part = part,
          .part_offset = offset,
          .count = std::min(kWeightsPerGroup, parts_[part]->numel() - offset),
          .codes = begin + local * PackedShard::kCodeBytes,
          .scales = begin + shard().scales_begin() + local * kScalesPerGroup,
          .maximum = begin + shard().maxima_begin() + local * static_cast<std::int64_t>(sizeof(float))};
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
