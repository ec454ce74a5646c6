#include "adapter/low_rank_update.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace hone {
namespace {

struct Case {
  std::int64_t rows, cols, rank;
  std::vector<float> weight, a, b;
  float scaling = 0.75F;

  Case(std::int64_t rows_, std::int64_t cols_, std::int64_t rank_) : rows(rows_), cols(cols_), rank(rank_) {
    std::mt19937 engine(7);
    std::normal_distribution<float> normal;
    const auto draw = [&](std::int64_t count) {
      std::vector<float> values(static_cast<std::size_t>(count));
      for (float& value : values) value = normal(engine);
      return values;
    };
    weight = draw(rows * cols);
    a = draw(rank * cols);
    b = draw(rows * rank);
  }
  std::vector<float> updated(int threads, WeightChange* change = nullptr) const {
    std::vector<float> result = weight;
    const WeightChange seen =
        add_low_rank({a.data(), b.data(), rank, scaling}, rows, cols, result.data(), threads);
    if (change != nullptr) *change = seen;
    return result;
  }
};

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {{1, 1, 1},    {3, 5, 2},     {4, 512, 8},  {5, 513, 3},
                                           {90, 44, 64}, {33, 1500, 7}, {2, 1024, 16}};
  return kCases;
}

TEST(LowRankUpdate, IsTheProductWithinFp32Rounding) {
  constexpr double kEpsilon = std::numeric_limits<float>::epsilon();
  for (const Case& each : cases()) {
    const std::vector<float> result = each.updated(1);
    for (std::int64_t i = 0; i < each.rows; ++i) {
      for (std::int64_t j = 0; j < each.cols; ++j) {
        const auto at = static_cast<std::size_t>(i * each.cols + j);
        double product = 0, magnitude = std::fabs(each.weight[at]);
        for (std::int64_t k = 0; k < each.rank; ++k) {
          const double term = static_cast<double>(each.b[static_cast<std::size_t>(i * each.rank + k)]) *
                              static_cast<double>(each.a[static_cast<std::size_t>(k * each.cols + j)]) *
                              static_cast<double>(each.scaling);
          product += term;
          magnitude += std::fabs(term);
        }
        EXPECT_NEAR(result[at], static_cast<double>(each.weight[at]) + product,
                    static_cast<double>(each.rank + 2) * kEpsilon * magnitude);
      }
    }
  }
}

TEST(LowRankUpdate, HasTheSameBitsForAnyNumberOfThreads) {
  for (const Case& each : cases()) {
    WeightChange one, several;
    const std::vector<float> expected = each.updated(1, &one);
    for (const int threads : {2, 3, 7, 100}) {
      const std::vector<float> result = each.updated(threads, &several);
      EXPECT_EQ(std::memcmp(result.data(), expected.data(), expected.size() * sizeof(float)), 0);
      EXPECT_EQ(several.sum, one.sum);
      EXPECT_EQ(several.largest, one.largest);
    }
  }
}

TEST(LowRankUpdate, SaysHowFarItMovedTheWeights) {
  std::vector<float> weight = {1, 2, 3, 4, 5, 6};
  const std::vector<float> a = {1, -2, 0}, b = {3, -1};
  const WeightChange change = add_low_rank({a.data(), b.data(), 1, 0.5F}, 2, 3, weight.data(), 1);
  EXPECT_EQ(weight, (std::vector<float>{2.5F, -1, 3, 3.5F, 6, 6}));
  EXPECT_EQ(change.sum, 1.5 + 3 + 0.5 + 1);
  EXPECT_EQ(change.largest, 3);
}

}  // namespace
}  // namespace hone
