#pragma once

#include <cstdint>

#include "preprocess/block_result.hpp"

namespace hone {

/// Lines of a segment are counted from its beginning; this counts them from that of the input.
class SegmentLines {
 public:
  /// For the blocks of all segments, in order.
  void set_right(BlockResult& result) {
    if (result.file != input_) before_ = here_ = 0;
    input_ = result.file;
    result.shift_lines(before_);
    here_ += result.lines;
    if (result.ends_segment) before_ = here_;
  }

 private:
  std::uint32_t input_ = 0;
  std::uint64_t before_ = 0, here_ = 0;  // lines of the input's segments before; with those of this one
};

}  // namespace hone
