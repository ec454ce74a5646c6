#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "preprocess/array_reader.hpp"
#include "preprocess/line_reader.hpp"
#include "preprocess/sources/input_source.hpp"

namespace hone {

/// Reads the rows of one input: elements where its text begins with `[`, lines otherwise.
class InputReader {
 public:
  /// As InputSource.
  InputReader(const std::string& path, std::uint32_t file, Look look);

  /// False at the end. Throws Error(kData) for a packed stream or an array that isn't whole.
  bool next(LineBlock& block);

  /// Whether it is a file of lines as they are, without a byte order mark, so that reading may begin at any
  /// of them.
  bool can_be_cut() const {
    return file_size() && !source_.is_packed() && source_.first_byte() == 0 &&
           std::holds_alternative<LineReader>(reader_);
  }
  std::optional<std::uint64_t> file_size() const { return source_.file_size(); }
  std::uint64_t file_bytes_read() const { return source_.file_bytes_read(); }
  /// Of the file, after the last block; call once.
  std::string sha256() { return source_.sha256(); }

 private:
  InputSource source_;
  std::uint32_t file_;
  std::variant<LineReader, ArrayReader> reader_;
  std::uint64_t told_bytes_ = 0;
};

}  // namespace hone
