#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/row.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {

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
