#pragma once

#include <cstdint>
#include <string>

#include "preprocess/line_block.hpp"
#include "preprocess/sources/byte_source.hpp"

namespace hone {

/// Reads a text in blocks of whole lines: memory stays at one block, or at one line where that is longer.
class LineReader {
 public:
  /// `source` must outlive it; `first_byte` is the place of its first byte in the input;
  /// a block has `block_bytes` bytes or a line.
  explicit LineReader(ByteSource& source, std::uint64_t first_byte = 0, std::size_t block_bytes = kBlockBytes)
      : source_(source), block_bytes_(block_bytes), byte_(first_byte) {}

  /// False at the end of the text.
  bool next(LineBlock& block);

 private:
  ByteSource& source_;
  const std::size_t block_bytes_;
  std::uint64_t line_ = 1, byte_;
  std::string rest_;  // the beginning of a line whose end was not read yet
};

}  // namespace hone
