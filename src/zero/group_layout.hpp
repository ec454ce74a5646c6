#pragma once

#include <cstdint>
#include <vector>

#include "adapter/quantised_layout.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// A run of one quantised parameter that lies in whole groups of one rank's shard.
struct GroupSlice {
  std::size_t part;          // index in GroupLayout::parts()
  std::int64_t part_offset;  // first weight, at a group's boundary of the parameter
  std::int64_t count;        // weights
  std::int64_t group;        // first group, in the shard
};

/// How the parameters of a unit are cut into shards of whole quantisation groups (16,384 weights), so that a
/// rank can quantise its own part. Every parameter begins a group of its own. Pure arithmetic.
class GroupLayout {
 public:
  static constexpr std::int64_t kCodeBytes = kWeightsPerGroup / 2;  // of one group

  /// `unit` must outlive the layout.
  GroupLayout(const UnitSpec& unit, int ranks);

  int ranks() const { return ranks_; }
  std::int64_t groups_per_rank() const { return groups_per_rank_; }
  /// Bytes of a shard: the codes of all its groups, their scales, their maxima (fp32).
  std::int64_t shard_bytes() const { return groups_per_rank_ * (kCodeBytes + kScalesPerGroup + 4); }
  std::int64_t scales_begin() const { return groups_per_rank_ * kCodeBytes; }
  std::int64_t maxima_begin() const { return groups_per_rank_ * (kCodeBytes + kScalesPerGroup); }

  /// Parameters in the order of the unit's weights and their parts.
  const std::vector<const WeightPart*>& parts() const { return parts_; }
  /// The first group of a parameter, counted over all ranks' shards laid end to end.
  std::int64_t first_group(std::size_t part) const { return first_groups_[part]; }
  /// What lies in a rank's shard, in its order.
  std::vector<GroupSlice> slices(int rank) const;

 private:
  int ranks_;
  std::vector<const WeightPart*> parts_;
  std::vector<std::int64_t> first_groups_;
  std::int64_t groups_per_rank_ = 0;
};

}  // namespace hone
