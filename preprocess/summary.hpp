#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "preprocess/block_result.hpp"
#include "preprocess/row_counts.hpp"

namespace hone {

/// What became of the lines that are no rows of a dataset.
class Summary {
 public:
  using Dropped = std::map<std::string, std::uint64_t>;

  void add(const BlockResult& result);
  void add_duplicate(const Row& row);

  const Dropped& dropped() const { return dropped_; }
  /// An example of each reason but bad lines, which RejectLog names.
  const std::map<std::string, RejectedLine>& first_dropped() const { return first_dropped_; }
  /// "3 bad_line, 2 overlong", or "the input holds no conversation".
  std::string dropped_text() const;
  /// Drops by reason; a warning where they were more than a tenth of all. `taken` rows were not dropped, each
  /// counted once, whatever its weight.
  void print(std::uint64_t taken) const;

 private:
  Dropped dropped_;
  std::map<std::string, RejectedLine> first_dropped_;
  std::uint64_t blank_lines_ = 0;
};

}  // namespace hone
