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

/// How a shard of whole groups lies in memory, in bytes: the codes of all its groups, their scales, their
/// maxima (fp32).
struct PackedShard {
  static constexpr std::int64_t kCodeBytes = kWeightsPerGroup / 2;  // of one group

  std::int64_t groups;

  std::int64_t scales_begin() const { return groups * kCodeBytes; }
  std::int64_t maxima_begin() const { return scales_begin() + groups * kScalesPerGroup; }
  std::int64_t bytes() const { return maxima_begin() + groups * static_cast<std::int64_t>(sizeof(float)); }
};

/// A group in the shards of all ranks laid end to end, as a gather brings them.
struct GroupPlace {
  std::size_t part;                     // index in GroupLayout::parts()
  std::int64_t part_offset;             // first weight
  std::int64_t count;                   // weights
  std::int64_t codes, scales, maximum;  // bytes from the first shard's start
};

/// How the parameters of a unit are cut into shards of whole quantisation groups (16,384 weights), so that a
/// rank can quantise its own part. Every parameter begins a group of its own. Pure arithmetic.
class GroupLayout {
 public:
  /// `unit` must outlive the layout.
  GroupLayout(const UnitSpec& unit, int ranks);

  int ranks() const { return ranks_; }
  std::int64_t groups_per_rank() const { return groups_per_rank_; }
  PackedShard shard() const { return {groups_per_rank_}; }
  std::int64_t shard_bytes() const { return shard().bytes(); }

  /// Parameters in the order of the unit's weights and their parts.
  const std::vector<const WeightPart*>& parts() const { return parts_; }
  /// The first group of a parameter, counted over all ranks' shards laid end to end.
  std::int64_t first_group(std::size_t part) const { return first_groups_[part]; }
  /// Groups of all parameters; what the last shards hold beyond them is padding.
  std::int64_t groups() const { return groups_; }
  /// Of groups(), by number.
  GroupPlace group(std::int64_t index) const;
  /// What lies in a rank's shard, in its order.
  std::vector<GroupSlice> slices(int rank) const;

 private:
  int ranks_;
  std::vector<const WeightPart*> parts_;
  std::vector<std::int64_t> first_groups_;
  std::int64_t groups_ = 0, groups_per_rank_ = 0;
};

}  // namespace hone
