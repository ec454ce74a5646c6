#include "adapter/low_rank_update.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/parallel.hpp"
#include "base/simd.hpp"

namespace hone {
namespace {

// Four rows share each element of A that is loaded, and the columns of a tile stay in the cache for all
// ranks.
constexpr std::int64_t kRows = 4;
constexpr std::int64_t kColumns = 512;

struct Tile {
  std::int64_t first_row, rows;
  std::int64_t first_column, columns;
};

HONE_VECTORISED void add_tile(const LowRankFactors& factors, const Tile& tile, std::int64_t stride,
                              float* weight, double& sum, float& largest) {
  float products[kRows][kColumns] = {};
  for (std::int64_t k = 0; k < factors.rank; ++k) {
    const float* const a = factors.a + k * stride + tile.first_column;
    float b[kRows] = {};
    for (std::int64_t i = 0; i < tile.rows; ++i) b[i] = factors.b[(tile.first_row + i) * factors.rank + k];
    for (std::int64_t j = 0; j < tile.columns; ++j) {
      for (std::int64_t i = 0; i < kRows; ++i) products[i][j] += b[i] * a[j];
    }
  }
  for (std::int64_t i = 0; i < tile.rows; ++i) {
    float* const row = weight + (tile.first_row + i) * stride + tile.first_column;
    for (std::int64_t j = 0; j < tile.columns; ++j) {
      const float change = products[i][j] * factors.scaling;
      row[j] += change;
      products[i][j] = std::fabs(change);
    }
    for (std::int64_t j = 0; j < tile.columns; ++j) {
      sum += static_cast<double>(products[i][j]);
      largest = std::max(largest, products[i][j]);
    }
  }
}

}  // namespace

WeightChange add_low_rank(const LowRankFactors& factors, std::int64_t rows, std::int64_t cols, float* weight,
                          int threads) {
  const std::int64_t bands = (rows + kRows - 1) / kRows;
  std::vector<WeightChange> changes(static_cast<std::size_t>(bands));
  parallel_ranges(bands, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t column = 0; column < cols; column += kColumns) {
      for (std::int64_t band = begin; band < end; ++band) {
        WeightChange& change = changes[static_cast<std::size_t>(band)];
        const Tile tile{band * kRows, std::min(kRows, rows - band * kRows), column,
                        std::min(kColumns, cols - column)};
        add_tile(factors, tile, cols, weight, change.sum, change.largest);
      }
    }
  });
  WeightChange total;
  for (const WeightChange& change : changes) {
    total.sum += change.sum;
    total.largest = std::max(total.largest, change.largest);
  }
  return total;
}

}  // namespace hone
