#pragma once

#include <cstdint>

namespace hone {

/// term(0) + ... + term(count - 1) in fp32 over `Lanes` partial sums, which lets the compiler vectorise the
/// sum and still fixes its order: lane j takes the terms j, j + Lanes, ...; the terms beyond the last whole
/// run come first, then the lanes from 0 on. To be called from a HONE_VECTORISED function, into which it is
/// always inlined so that it is compiled for each instruction set.
template <int Lanes, typename Term>
[[gnu::always_inline]] inline float lane_sum(std::int64_t count, const Term& term) {
  float lanes[Lanes] = {};
  std::int64_t i = 0;
  for (; i + Lanes <= count; i += Lanes) {
    for (int j = 0; j < Lanes; ++j) lanes[j] += term(i + j);
  }
  float sum = 0;
  for (; i < count; ++i) sum += term(i);
  for (const float lane : lanes) sum += lane;
  return sum;
}

}  // namespace hone
