#pragma once

#include <cstdint>
#include <string>

#include "preprocess/line_block.hpp"
#include "preprocess/sources/byte_source.hpp"

namespace hone {

/// Reads a JSON array element by element: memory stays at one block, or at one element where that is longer.
/// What an element holds is not looked at but for its brackets and quotes; a fault in these leaves no way to
/// find the next element.
class ArrayReader {
 public:
  /// `source` must outlive it; `name` is the input's in messages; `first_byte` is the place of its first byte
  /// in the input; a block has `block_bytes` bytes or an element.
  ArrayReader(ByteSource& source, std::string name, std::uint64_t first_byte = 0,
              std::size_t block_bytes = kBlockBytes);

  /// False at the end of the array. Throws Error(kData), naming the line, where the text is not one whole
  /// array.
  bool next(LineBlock& block);

 private:
  enum class State { kBeforeArray, kFirstElement, kElement, kInsideElement, kBehindArray };
  void scan(LineBlock& block);
  void outside(char c, std::size_t at);
  void inside(char c, std::size_t at, LineBlock& block);
  [[noreturn]] void fail(const std::string& what) const;

  ByteSource& source_;
  std::string name_;
  const std::size_t block_bytes_;
  State state_ = State::kBeforeArray;
  std::string rest_;                     // the beginning of an element whose end was not read yet
  std::size_t scanned_ = 0;              // of the block's text
  std::uint64_t line_ = 1, first_byte_;  // of what is scanned next; of the block's text
  LineBlock::Element element_{};         // the one that is scanned
  std::string open_;                     // its brackets that are open
  bool quoted_ = false, escaped_ = false;
};

}  // namespace hone
