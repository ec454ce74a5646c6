#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dataset/row.hpp"
#include "preprocess/rejected_line.hpp"
#include "preprocess/unknown_keys.hpp"

namespace hone {

/// What is noted of a row, as bits.
enum RowNote : std::uint8_t { kTruncated = 1, kEmptyAnswer = 2 };

/// What a block of lines became.
struct BlockResult {
  std::uint32_t file = 0;  // index of the input
  std::vector<Row> rows;
  std::vector<std::uint8_t> notes;     // of each row
  std::vector<RejectedLine> bad;       // lines that hold no usable conversation
  std::vector<RejectedLine> overlong;  // only under --overlong error
  std::map<std::string, std::uint64_t> dropped;
  std::map<std::string, RejectedLine> first_dropped;  // an example of each reason
  std::uint64_t blank_lines = 0, bytes = 0, lines = 0;
  UnknownKeys unknown_keys;
  bool told_time = false;  // a template wrote the time of the run

  std::size_t segment = 0;  // as those of its LineBlock
  bool ends_segment = false;
  std::string input_sha256;
  std::uint64_t input_bytes = 0;

  /// Counts every line on from `before`.
  void shift_lines(std::uint64_t before);

  /// Hands what it holds to a BinaryWriter or BinaryReader.
  template <typename Archive>
  void archive(Archive& archive) {
    archive(file, rows, notes, bad, overlong, dropped, first_dropped, blank_lines, bytes, lines, unknown_keys,
            told_time, segment, ends_segment, input_sha256, input_bytes);
  }
};

}  // namespace hone
