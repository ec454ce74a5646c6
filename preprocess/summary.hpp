#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "dataset/manifest.hpp"
#include "preprocess/block_processor.hpp"

namespace hone {

/// Counts over the blocks of a run.
class Summary {
 public:
  /// Rows count as often as their input's weight has them taken.
  void add(const BlockResult& result, const InputWeights& weights = {});

  const Manifest::Counts& counts() const { return counts_; }
  const std::map<std::string, RejectedLine>& first_dropped() const { return first_dropped_; }
  std::uint64_t max_id() const { return max_id_; }
  /// "3 bad_line, 2 overlong", or "the input holds no conversation".
  std::string dropped_text() const;
  /// Rows, tokens, targets, drops by reason, lengths; a warning where more than a tenth was dropped.
  void print(std::int64_t model_max_length) const;

 private:
  static constexpr std::size_t kBins = 24;  // bin i holds lengths below 2^(i + 1)
  Manifest::Counts counts_;
  std::map<std::string, RejectedLine> first_dropped_;
  std::array<std::uint64_t, kBins> lengths_{};
  std::uint64_t unweighed_rows_ = 0, blank_lines_ = 0, max_id_ = 0;
  bool weighed_ = false;
};

}  // namespace hone
