#pragma once

#include <cstdint>
#include <string>

#include "inspect/row_printer.hpp"

namespace hone {

struct RowSearch {
  std::string text;          // valid UTF-8, not empty; looked for as the tokenizer's normalizer leaves it
  std::int64_t at_most = 0;  // rows to print
  RowFormat format = RowFormat::kText;
};

/// Prints the rows whose text holds it, letter for letter, across tokens and into control tokens: as kText
/// each row's number and its first place with what stands around it, as kJsonl the whole rows. Then how many
/// more there are, or that there is none. One row in memory at a time. Throws Error(kData) for a damaged row.
void print_found(const RowTexts& texts, const RowSearch& search);

/// Bytes [begin, end) of the stretches, moved outwards to whole characters.
std::vector<Stretch> cut_out(const std::vector<Stretch>& stretches, std::size_t begin, std::size_t end);

}  // namespace hone
