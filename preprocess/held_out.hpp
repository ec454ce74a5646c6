#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "preprocess/row_draw.hpp"

namespace hone {

/// Which rows are held out for evaluation. It hangs on the seed and on where a row stands in the inputs
/// alone, so that all rows of a conversation stay together.
class HeldOut {
 public:
  /// Each row with the chance of `fraction`.
  static HeldOut fraction(double fraction, std::uint64_t seed);
  /// Exactly `count` of the rows that offer() was called for, or all where these are fewer.
  static HeldOut rows(std::uint64_t count, std::uint64_t seed);

  /// Whether offer() is to be called for every row before the first question.
  bool needs_offers() const { return count_ > 0; }
  /// Keeps the `count` smallest draws: 64 bytes or so each.
  void offer(const Row& row);
  bool contains(const Row& row) const;

 private:
  using Drawn = std::pair<std::uint64_t, RowPlace>;
  explicit HeldOut(std::uint64_t seed) : seed_(seed) {}
  Drawn drawn(const Row& row) const;

  std::uint64_t seed_, count_ = 0;
  double fraction_ = 0;
  std::set<Drawn> smallest_;
};

}  // namespace hone
