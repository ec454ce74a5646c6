#pragma once

#include <cstdint>
#include <vector>

namespace hone {

/// A permutation of 0 .. count - 1 as a function of seed and epoch alone: Fisher-Yates driven by SplitMix64
/// (Steele et al. 2014) with rejection of biased draws. The same on every platform, unlike std::shuffle.
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, std::uint64_t epoch);

}  // namespace hone
