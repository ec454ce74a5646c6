#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/row.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {

/// How targets are told from the rest of a row.
enum class TargetMark { kColour, kBrackets };

/// A row as text. Control characters but for line breaks and tabs are spelled out.
std::string marked_text(const TokenizerModel& tokenizer, const Row& row, TargetMark mark);

/// The first rows of a run, kept to be printed at its end.
class ShownRows {
 public:
  explicit ShownRows(std::int64_t count) : left_(count) {}

  void add(const Row& row);
  /// In colour on a terminal, otherwise with targets in brackets.
  void print(const TokenizerModel& tokenizer, const std::vector<std::string>& inputs) const;

 private:
  std::int64_t left_;
  std::vector<Row> rows_;
};

}  // namespace hone
