#include "inspect/row_printer.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/number_text.hpp"

namespace hone {
namespace {

void print_json(const RowTexts& texts, std::int64_t number, const Row& row) {
  fmt::print("{}\n", lossy_json({{"row", number},
                                 {"file", texts.dataset().manifest().inputs[row.source_file].path},
                                 {"line", row.source_line},
                                 {"ids", row.ids},
                                 {"loss_mask", row.loss_mask},
                                 {"text", texts.bytes_of(row)}}));
}

void print_tokens(const RowTexts& texts, const Row& row) {
  fmt::print("\n{:>7} {:>7}  target  text\n", "token", "id");
  for (std::size_t i = 0; i < row.ids.size(); ++i) {
    const bool target = i > 0 && row.loss_mask[i] != 0;
    fmt::print("{:>7} {:>7}  {:<6}  {}\n", i, row.ids[i], target ? "yes" : "",
               lossy_json(texts.tokenizer().bytes_of(row.ids[i])));
  }
}

}  // namespace

std::string row_heading(const RowTexts& texts, std::int64_t number, const Row& row) {
  return fmt::format("row {} ({}), {}, {}", number, texts.place_of(row), counted(row.ids.size(), "token"),
                     counted(count_targets(row.loss_mask), "target"));
}

void print_row(const RowTexts& texts, std::int64_t number, RowFormat format) {
  Row row;
  texts.read(number, row);
  if (format == RowFormat::kJsonl) {
    print_json(texts, number, row);
    return;
  }
  fmt::print("{}\n{}\n", row_heading(texts, number, row),
             marked_text(texts.stretches_of(row), mark_for_output()));
  if (format == RowFormat::kTokens) print_tokens(texts, row);
}

}  // namespace hone
