#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.hpp"

namespace hone {

/// Whole lines of one input file, read together.
struct LineBlock {
  std::uint32_t file = 0;        // index of the input
  std::uint64_t first_line = 1;  // number of the first line
  std::uint64_t first_byte = 0;  // its offset in the file
  std::string text;              // lines separated by '\n' alone: U+2028, NEL and CR don't end a line
};

/// Reads a file in blocks of whole lines: memory stays at one block, or at one line where that is longer.
class LineReader {
 public:
  /// Skips a UTF-8 byte order mark. Throws Error(kData) for a file that can't be read or is compressed, and
  /// for what is no file: folders, pipes.
  LineReader(const std::filesystem::path& path, std::uint32_t file);

  /// False at the end of the file. Throws Error(kData) when the file is one JSON array: each of its lines
  /// would be bad.
  bool next(LineBlock& block);

  std::uint64_t size() const { return size_; }
  /// Of the whole file, after the last block.
  std::string sha256() { return hash_.finish(); }

 private:
  void require_lines(std::string_view text) const;

  std::filesystem::path path_;
  std::ifstream stream_;
  std::uint32_t file_;
  std::uint64_t size_ = 0, line_ = 1, byte_ = 0;
  std::string rest_;  // the beginning of a line whose end was not read yet
  Sha256 hash_;
};

}  // namespace hone
