#pragma once

#include <cstdint>
#include <limits>

namespace hone::ops {

/// Softmax of a row whose scores come in pieces (Milakov and Gimelshein 2018): the largest scaled score so
/// far, and the sum of exp(score - largest).
struct RunningSoftmax {
  float largest = -std::numeric_limits<float>::infinity();
  float sum = 0;

  /// Natural logarithm of the sum of exp(score).
  float logsumexp() const;
};

/// The row's next scores: x[0, seen) becomes exp(scale x - largest so far), x[seen, size) zero. Returns the
/// factor by which what was made with earlier pieces is to be multiplied. 1 <= seen <= size.
float extend_softmax(RunningSoftmax& softmax, float* x, std::int64_t seen, std::int64_t size, float scale);

/// x[0, seen), unscaled scores, become weights exp(scale x - logsumexp); dx, their gradient by weight, that
/// by score: weight (dx - projection) scale, `projection` being the sum of weight * dx over the whole row.
/// Both are zero in [seen, size).
void softmax_backward_row(float* x, float* dx, std::int64_t seen, std::int64_t size, float scale,
                          float logsumexp, float projection);

}  // namespace hone::ops
