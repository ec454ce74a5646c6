#include "zero/shard_layout.hpp"

#include <gtest/gtest.h>

#include <map>

namespace hone {
namespace {

WeightSpec weight(const std::string& key, bool decay, std::vector<std::int64_t> part_rows,
                  std::int64_t columns) {
  WeightSpec spec{key, {}, {0}, decay};
  if (columns > 0) spec.shape.push_back(columns);
  for (std::size_t i = 0; i < part_rows.size(); ++i) {
    std::vector<std::int64_t> shape = {part_rows[i]};
    if (columns > 0) shape.push_back(columns);
    spec.shape[0] += part_rows[i];
    spec.parts.push_back({key + "." + std::to_string(i), shape});
  }
  return spec;
}

std::vector<UnitSpec> units() {
  return {
      {"one element", {weight("a", true, {1}, 0)}},
      {"odd sizes",
       {weight("norm", false, {7}, 0), weight("qkv", true, {5, 3, 3}, 7), weight("bias", false, {11}, 0),
        weight("down", true, {13}, 5)}},
      {"only vectors", {weight("norm", false, {9}, 0), weight("bias", false, {33}, 0)}},
      {"aligned", {weight("w", true, {64, 64}, 32), weight("n", false, {32}, 0)}},
  };
}

TEST(ShardLayout, RanksTogetherCoverEveryParameterElementExactlyOnce) {
  for (const UnitSpec& unit : units()) {
    for (int ranks = 1; ranks <= 17; ++ranks) {
      const ShardLayout layout(unit, ranks);
      std::map<std::string, std::vector<int>> covered;
      for (const WeightSpec& spec : unit.weights) {
        for (const WeightPart& part : spec.parts)
          covered[part.name].assign(static_cast<std::size_t>(part.numel()), 0);
      }
      for (int rank = 0; rank < ranks; ++rank) {
        std::int64_t previous_end = 0;
        for (const ShardSlice& slice : layout.slices(rank)) {
          EXPECT_GE(slice.shard_offset, previous_end);
          previous_end = slice.shard_offset + slice.count;
          for (std::int64_t i = 0; i < slice.count; ++i)
            ++covered[slice.part->name][static_cast<std::size_t>(slice.part_offset + i)];
        }
        EXPECT_LE(previous_end, layout.shard_size());
      }
      for (const auto& [name, counts] : covered) {
        for (const int count : counts)
          ASSERT_EQ(count, 1) << unit.name << " " << name << " at " << ranks << " ranks";
      }
    }
  }
}

TEST(ShardLayout, WeightsAndShardsStartOnAlignedElementsWhateverTheRankCount) {
  for (const UnitSpec& unit : units()) {
    const ShardLayout one(unit, 1);
    for (int ranks = 1; ranks <= 17; ++ranks) {
      const ShardLayout layout(unit, ranks);
      for (std::size_t i = 0; i < unit.weights.size(); ++i) {
        EXPECT_EQ(layout.placement(i).offset % ShardLayout::kAlignment, 0);
        EXPECT_EQ(layout.placement(i).offset, one.placement(i).offset);
      }
      EXPECT_EQ(layout.shard_size() % ShardLayout::kAlignment, 0);
      EXPECT_GE(layout.total(), one.placement(0).numel);
      // Padding costs less than one aligned run per weight and per rank.
      std::int64_t numel = 0;
      for (const WeightSpec& spec : unit.weights) numel += spec.numel();
      EXPECT_LT(layout.total() - numel,
                ShardLayout::kAlignment *
                    static_cast<std::int64_t>(unit.weights.size() + static_cast<std::size_t>(ranks)));
    }
  }
}

TEST(ShardLayout, DecayingWeightsComeFirstInEveryShard) {
  for (const UnitSpec& unit : units()) {
    std::map<std::string, bool> decays;
    for (const WeightSpec& spec : unit.weights) {
      for (const WeightPart& part : spec.parts) decays[part.name] = spec.decay;
    }
    for (int ranks = 1; ranks <= 17; ++ranks) {
      const ShardLayout layout(unit, ranks);
      for (int rank = 0; rank < ranks; ++rank) {
        for (const ShardSlice& slice : layout.slices(rank)) {
          const bool before = slice.shard_offset + slice.count <= layout.decay_count(rank);
          const bool after = slice.shard_offset >= layout.decay_count(rank);
          EXPECT_TRUE(decays[slice.part->name] ? before : after);
        }
      }
    }
  }
}

}  // namespace
}  // namespace hone
