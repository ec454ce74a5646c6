#pragma once

#include <cstdint>

#include "dataset/length_histogram.hpp"
#include "dataset/manifest.hpp"
#include "dataset/row.hpp"

namespace hone {

/// Counts over the rows of a dataset.
class RowCounts {
 public:
  /// `notes` are RowNote bits.
  void add(const Row& row, std::uint8_t notes);

  /// `dropped` is empty.
  const Manifest::Counts& counts() const { return counts_; }
  std::uint64_t max_id() const { return max_id_; }
  /// Prints rows, tokens and targets.
  void print() const;
  /// Prints a bar for each power of two of lengths.
  void print_lengths(std::int64_t model_max_length) const;

 private:
  Manifest::Counts counts_;
  LengthHistogram lengths_;
  std::uint64_t max_id_ = 0;
};

}  // namespace hone
