#pragma once

#include <cstdint>

namespace hone {

/// How far an update moved the elements of a matrix.
struct WeightChange {
  double sum = 0;     // of the magnitudes
  float largest = 0;  // magnitude
};

/// A LoRA adapter's factors in fp32 (Hu et al. 2021). Owns nothing.
struct LowRankFactors {
  const float* a;  // (rank, cols)
  const float* b;  // (rows, rank)
  std::int64_t rank;
  float scaling;
};

/// weight += scaling * (B A), fp32: each element's products are summed from the first rank to the last,
/// scaled, and added once, as PEFT does it. The same bits for any number of threads and any instruction set.
/// `weight` is (rows, cols).
WeightChange add_low_rank(const LowRankFactors& factors, std::int64_t rows, std::int64_t cols, float* weight,
                          int threads);

}  // namespace hone
