#include "preprocess/row_shuffle.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

namespace hone {
namespace {

Row row(std::uint64_t line) { return {{7, static_cast<std::uint32_t>(line)}, {0, 1}, 0, line}; }

std::vector<std::uint64_t> shuffled(std::uint64_t seed, std::uint64_t bucket_bytes) {
  const auto folder = std::filesystem::path(testing::TempDir()) /
                      ("hone-shuffle-" + std::to_string(::getpid()) + "-" +
                       testing::UnitTest::GetInstance()->current_test_info()->name());
  RowShuffle shuffle(folder, seed, 10000, bucket_bytes);
  for (std::uint64_t line = 1; line <= 300; ++line) shuffle.add(row(line), 0);
  std::vector<std::uint64_t> lines;
  shuffle.finish([&](const Row& next) {
    EXPECT_EQ(next.ids[1], next.source_line);
    lines.push_back(next.source_line);
  });
  EXPECT_FALSE(std::filesystem::exists(folder));
  return lines;
}

TEST(RowShuffle, TheOrderIsThatOfTheSeedWhateverTheBuckets) {
  const auto one = shuffled(1, 1 << 20);
  for (const std::uint64_t bucket_bytes : {5000, 700, 20}) EXPECT_EQ(shuffled(1, bucket_bytes), one);
  EXPECT_NE(shuffled(2, 1 << 20), one);
}

TEST(RowShuffle, EveryRowComesOnce) {
  auto lines = shuffled(1, 700);
  std::ranges::sort(lines);
  for (std::uint64_t i = 0; i < 300; ++i) EXPECT_EQ(lines[i], i + 1);
}

}  // namespace
}  // namespace hone
