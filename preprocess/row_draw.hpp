#pragma once

#include <compare>
#include <cstdint>

#include "base/philox.hpp"
#include "dataset/row.hpp"

namespace hone {

/// Where a row stands in the inputs.
struct RowPlace {
  std::uint32_t file = 0;
  std::uint64_t line = 0;
  std::uint32_t nth = 0;  // among the rows of its line, copies included

  auto operator<=>(const RowPlace&) const = default;
};

/// What a seed is drawn for: the same seed tells nothing of the other draw.
enum class Draw : std::uint32_t { kSplit = 1, kShuffle = 2 };

/// Uniform over 64 bits; depends on these alone.
inline std::uint64_t draw(Draw what, std::uint64_t seed, const RowPlace& place) {
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  const auto high = [](std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); };
  // Two rounds: a place and a purpose hold more bits than one counter.
  const auto key =
      philox({place.file, place.nth, static_cast<std::uint32_t>(what), 0}, {low(seed), high(seed)});
  const auto word = philox({low(place.line), high(place.line), key[2], key[3]}, {key[0], key[1]});
  return word[0] | std::uint64_t{word[1]} << 32;
}

}  // namespace hone
