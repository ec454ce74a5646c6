#include "zero/group_layout.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace hone {
namespace {

constexpr std::int64_t kGroup = 16384;  // weights
constexpr int kMostRanks = 17;

UnitSpec unit_of(const std::string& name, const std::vector<std::vector<std::int64_t>>& weights) {
  UnitSpec unit{name, {}};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    std::vector<WeightPart> parts;
    for (const std::int64_t numel : weights[i])
      parts.push_back({fmt::format("w{}.{}", i, parts.size()), {1, numel}});
    WeightSpec weight{fmt::format("w{}", i), parts, {1, 0}, true, WeightRole::kQuantised};
    for (const WeightPart& part : parts) weight.shape[1] += part.numel();
    unit.weights.push_back(weight);
  }
  return unit;
}

std::vector<UnitSpec> units() {
  return {
      unit_of("one weight", {{1}}),
      unit_of("one group", {{kGroup}}),
      unit_of("around one group", {{kGroup - 1, kGroup, kGroup + 1}}),
      unit_of("small parts", {{63, 64, 65}, {1}, {7, 7}}),
      unit_of("a joined weight and others", {{3 * kGroup + 5, kGroup, 2 * kGroup - 64}, {9 * kGroup}, {100}}),
      unit_of("more ranks than groups", {{2 * kGroup, 17}})};
}

std::int64_t groups_of(std::int64_t numel) { return (numel + kGroup - 1) / kGroup; }

TEST(GroupLayout, RanksTogetherHoldEveryWeightOnceInGroupsOfItsOwn) {
  for (const UnitSpec& unit : units()) {
    for (int ranks = 1; ranks <= kMostRanks; ++ranks) {
      const GroupLayout layout(unit, ranks);
      std::map<std::size_t, std::int64_t> covered;
      for (int rank = 0; rank < ranks; ++rank) {
        std::int64_t next_group = 0;
        for (const GroupSlice& slice : layout.slices(rank)) {
          EXPECT_GT(slice.count, 0);
          EXPECT_EQ(slice.part_offset, covered[slice.part]) << "ranks follow each other without gap";
          EXPECT_EQ(slice.part_offset % kGroup, 0);
          covered[slice.part] += slice.count;
          const bool last = covered[slice.part] == layout.parts()[slice.part]->numel();
          EXPECT_TRUE(last || slice.count % kGroup == 0) << "only a parameter's end cuts a group";
          EXPECT_EQ(slice.group, next_group);
          next_group = slice.group + groups_of(slice.count);
        }
        EXPECT_LE(next_group, layout.groups_per_rank());
      }
      ASSERT_EQ(covered.size(), layout.parts().size());
      for (const auto& [part, count] : covered)
        EXPECT_EQ(count, layout.parts()[part]->numel()) << unit.name << " at " << ranks << " ranks";
    }
  }
}

TEST(GroupLayout, AGroupsNumberOverAllShardsIsThatOfTheParameter) {
  for (const UnitSpec& unit : units()) {
    for (int ranks = 1; ranks <= kMostRanks; ++ranks) {
      const GroupLayout layout(unit, ranks);
      for (int rank = 0; rank < ranks; ++rank) {
        for (const GroupSlice& slice : layout.slices(rank)) {
          EXPECT_EQ(layout.groups_per_rank() * rank + slice.group,
                    layout.first_group(slice.part) + slice.part_offset / kGroup);
        }
      }
    }
  }
}

TEST(GroupLayout, EveryGroupIsFoundByItsNumberInTheShardsLaidEndToEnd) {
  for (const UnitSpec& unit : units()) {
    for (int ranks = 1; ranks <= kMostRanks; ++ranks) {
      const GroupLayout layout(unit, ranks);
      const std::int64_t own = layout.groups_per_rank();
      std::int64_t number = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const std::int64_t shard = own * (8192 + 256 + 4) * rank;
        for (const GroupSlice& slice : layout.slices(rank)) {
          for (std::int64_t done = 0; done < slice.count; done += kGroup, ++number) {
            const std::int64_t local = slice.group + done / kGroup;
            const GroupPlace group = layout.group(number);
            EXPECT_EQ(group.part, slice.part);
            EXPECT_EQ(group.part_offset, slice.part_offset + done);
            EXPECT_EQ(group.count, std::min(kGroup, slice.count - done));
            EXPECT_EQ(group.codes, shard + local * 8192);
            EXPECT_EQ(group.scales, shard + own * 8192 + local * 256);
            EXPECT_EQ(group.maximum, shard + own * (8192 + 256) + local * 4);
          }
        }
      }
      EXPECT_EQ(number, layout.groups());
    }
  }
}

TEST(GroupLayout, PartsComeInTheOrderOfTheWeights) {
  const UnitSpec unit = units()[4];
  const GroupLayout layout(unit, 3);
  std::size_t next = 0;
  std::int64_t groups = 0;
  for (const WeightSpec& weight : unit.weights) {
    for (const WeightPart& part : weight.parts) {
      EXPECT_EQ(layout.parts()[next], &part);
      EXPECT_EQ(layout.first_group(next++), groups);
      groups += groups_of(part.numel());
    }
  }
  EXPECT_EQ(next, layout.parts().size());
}

TEST(GroupLayout, AShardIsCodesThenScalesThenMaximaOfAllItsGroups) {
  for (const UnitSpec& unit : units()) {
    std::int64_t groups = 0;
    for (const WeightSpec& weight : unit.weights) {
      for (const WeightPart& part : weight.parts) groups += groups_of(part.numel());
    }
    for (int ranks = 1; ranks <= kMostRanks; ++ranks) {
      const GroupLayout layout(unit, ranks);
      const std::int64_t own = layout.groups_per_rank();
      EXPECT_EQ(layout.ranks(), ranks);
      EXPECT_GE(own * ranks, groups);
      EXPECT_LT(own * ranks, groups + ranks) << "no rank is padded by a whole group in vain";
      EXPECT_EQ(layout.shard().scales_begin(), own * 8192);
      EXPECT_EQ(layout.shard().maxima_begin(), own * (8192 + 256));
      EXPECT_EQ(layout.shard().maxima_begin() % 4, 0) << "fp32 lies there";
      EXPECT_EQ(layout.shard_bytes(), own * (8192 + 256 + 4));
    }
  }
}

TEST(GroupLayout, WholeGroupsTakeAtMost055BytesAWeight) {
  const UnitSpec unit = unit_of("a block of 7B", {{4096 * 4096, 1024 * 4096, 1024 * 4096}, {4096 * 4096}});
  for (int ranks = 1; ranks <= 64; ++ranks) {
    const GroupLayout layout(unit, ranks);
    std::int64_t weights = 0;
    for (const WeightPart* const part : layout.parts()) weights += part->numel();
    EXPECT_LT(static_cast<double>(layout.shard_bytes() * ranks), 0.55 * static_cast<double>(weights))
        << ranks;
  }
}

}  // namespace
}  // namespace hone
