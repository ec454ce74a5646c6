#pragma once

#include <cstdint>

#include "inspect/row_texts.hpp"

namespace hone {

/// How rows go to standard output.
enum class RowFormat {
  kText,    // a line about the row and its text, targets marked
  kTokens,  // the same, and a line for each token
  kJsonl,   // an object: row, file, line, ids, loss_mask, text
};

/// Prints row `number`, from 0. Throws Error(kData) for a damaged one.
void print_row(const RowTexts& texts, std::int64_t number, RowFormat format);

/// `row 3 (rows.jsonl:4), 210 tokens, 80 targets`
std::string row_heading(const RowTexts& texts, std::int64_t number, const Row& row);

}  // namespace hone
