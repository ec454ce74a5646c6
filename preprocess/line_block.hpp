#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "preprocess/formats/row_format.hpp"

namespace hone {

/// Of an input that is read at a time.
inline constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

/// Rows of one input, read together: the lines of a text, or elements of an array.
struct LineBlock {
  struct Element {
    std::size_t begin, end;    // bytes of the text
    std::uint64_t line, byte;  // where it begins in the input
    std::uint32_t nth = 0;     // among those that begin in that line
  };

  std::uint32_t file = 0;        // index of the input
  std::uint64_t first_line = 1;  // number of the first line
  std::uint64_t first_byte = 0;  // its offset in the input, unpacked
  std::string text;              // lines separated by '\n' alone: U+2028, NEL and CR don't end a line
  bool is_array = false;         // rows are the elements, not the lines
  std::vector<Element> elements;
  RowFormat format = RowFormat::kMessages;
  std::uint64_t file_bytes = 0;  // read for it from the file, which may be packed

  std::uint64_t counted_from = 0;  // the byte at which `first_line` counts from 1
  std::uint64_t lines = 0;         // that end in the text; 0 for an array
  std::size_t segment = 0;         // index of the segment it belongs to
  bool ends_segment = false;       // it is the last of its segment, and empty
  // Of an input that was read whole, with the block that ends it.
  std::string input_sha256;
  std::uint64_t input_bytes = 0;
};

/// Calls take(row, line, byte, nth) for each row: a line without its line break and a CR before that, or an
/// element, the nth from 0 of those that begin in the line.
template <typename Take>
void for_each_row(const LineBlock& block, const Take& take) {
  const std::string_view text = block.text;
  if (block.is_array) {
    for (const LineBlock::Element& element : block.elements)
      take(text.substr(element.begin, element.end - element.begin), element.line, element.byte, element.nth);
    return;
  }
  std::uint64_t line = block.first_line;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const bool carriage_return = end > begin && text[end - 1] == '\r';
    take(text.substr(begin, end - begin - (carriage_return ? 1 : 0)), line, block.first_byte + begin,
         std::uint32_t{0});
    begin = end + 1;
  }
}

}  // namespace hone
