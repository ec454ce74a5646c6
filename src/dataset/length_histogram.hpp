#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace hone {

/// Rows counted by their length in tokens, in a bin for each power of two.
class LengthHistogram {
 public:
  struct Bin {
    std::uint64_t first, last;  // the lengths that it holds
    std::uint64_t rows;
  };

  /// `length` is 1 or more and fits 32 bits.
  void add(std::uint64_t length);
  /// The bins that hold a row, shortest first. `longest`, which no row exceeds, ends the last one.
  std::vector<Bin> bins(std::uint64_t longest) const;
  /// The same as lines with bars, the longest for the fullest bin.
  std::vector<std::string> lines(std::uint64_t longest) const;
  /// One character of a rising height for each bin from that of `shortest` to that of `longest`; `.` for an
  /// empty one.
  std::string sparkline(std::uint64_t shortest, std::uint64_t longest) const;

 private:
  std::array<std::uint64_t, 32> rows_{};  // [i]: lengths from 2^i to below 2^(i + 1)
};

}  // namespace hone
