#include "dataset/packing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "dataset/permutation.hpp"

namespace hone {
namespace {

TEST(Packing, PutsEveryRowIntoOnePackThatFits) {
  for (const std::int64_t rows : {1, 7, 100, 5000, 10000}) {  // windows hold 4096
    std::vector<std::uint32_t> lengths;
    for (std::int64_t i = 0; i < rows; ++i) lengths.push_back(static_cast<std::uint32_t>(1 + i * 131 % 512));
    const auto packs = pack_best_fit(permutation(rows, 1, 0), lengths, 512);
    std::vector<std::int64_t> seen;
    for (const Pack& pack : packs) {
      std::int64_t tokens = 0;
      for (const std::int64_t row : pack) tokens += lengths[row];
      EXPECT_LE(tokens, 512);
      EXPECT_FALSE(pack.empty());
      seen.insert(seen.end(), pack.begin(), pack.end());
    }
    std::sort(seen.begin(), seen.end());
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(rows));
    for (std::int64_t i = 0; i < rows; ++i) EXPECT_EQ(seen[i], i);
    if (rows >= 5000) {
      const double tokens = std::accumulate(lengths.begin(), lengths.end(), 0.0);
      EXPECT_GT(tokens / (512.0 * static_cast<double>(packs.size())), 0.98) << "bins are badly filled";
    }
  }
}

TEST(Packing, GivesARowBeyondTheCapacityAPackOfItsOwn) {
  const std::vector<std::uint32_t> lengths{5, 100, 5};
  const auto packs = pack_best_fit(std::vector<std::int64_t>{0, 1, 2}, lengths, 10);
  EXPECT_EQ(packs, (std::vector<Pack>{{0, 2}, {1}}));
}

TEST(Packing, StaysNearTheOrderOfTheEpoch) {
  std::vector<std::uint32_t> lengths(10000, 300);
  std::vector<std::int64_t> order(10000);
  std::iota(order.begin(), order.end(), 0);
  const auto packs = pack_best_fit(order, lengths, 512);
  ASSERT_EQ(packs.size(), 10000u);
  for (std::size_t i = 0; i < packs.size(); ++i) EXPECT_EQ(packs[i], Pack{static_cast<std::int64_t>(i)});
}

}  // namespace
}  // namespace hone
