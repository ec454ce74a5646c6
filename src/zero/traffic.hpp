#pragma once

#include <cstdint>

namespace hone {

/// Bytes that the collectives of units carry. A message is counted as nccl-tests does, by its whole buffer,
/// of which each rank sends or receives all but its own share.
struct Traffic {
  std::int64_t all_gather = 0;            // values of every kind
  std::int64_t quantised_all_gather = 0;  // of these, codes and scales of 4-bit weights
  std::int64_t reduce = 0;                // gradients: reduce-scatter, or all-reduce under stage 0

  Traffic& operator+=(const Traffic& other) {
    all_gather += other.all_gather;
    quantised_all_gather += other.quantised_all_gather;
    reduce += other.reduce;
    return *this;
  }
  Traffic& operator-=(const Traffic& other) {
    all_gather -= other.all_gather;
    quantised_all_gather -= other.quantised_all_gather;
    reduce -= other.reduce;
    return *this;
  }
};

}  // namespace hone
