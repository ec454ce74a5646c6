#pragma once

#include <string>
#include <vector>

#include "dataset/dataset.hpp"
#include "preprocess/marked_text.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {

/// The rows of a dataset as text, by the dataset's own copy of the tokenizer, so that no model is needed.
class RowTexts {
 public:
  /// `dataset` must outlive it. Throws Error(kData) where the copy is missing, is not the one that the
  /// manifest names or lacks the largest id.
  explicit RowTexts(const Dataset& dataset);

  const Dataset& dataset() const { return dataset_; }
  const TokenizerModel& tokenizer() const { return tokenizer_; }
  /// Throws Error(kData) for a damaged row.
  void read(std::int64_t row, Row& out) const;
  /// The bytes of all ids; may end inside a character.
  std::string bytes_of(const Row& row) const;
  std::vector<Stretch> stretches_of(const Row& row) const { return hone::stretches_of(tokenizer_, row); }
  /// `FILE:LINE` that the row was made of.
  std::string place_of(const Row& row) const;

 private:
  const Dataset& dataset_;
  TokenizerModel tokenizer_;
};

}  // namespace hone
