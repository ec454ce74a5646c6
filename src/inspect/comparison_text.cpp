#include "inspect/comparison_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "base/number_text.hpp"
#include "base/utf8.hpp"
#include "inspect/row_printer.hpp"

namespace hone {
namespace {

constexpr std::size_t kListed = 10;  // rows of each side that are named

// The first token at which the two rows differ, in id or target.
std::size_t first_differing_token(const Dataset& a, const Dataset& b, std::int64_t number) {
  Row of_a, of_b;
  a.read_row(number, of_a);
  b.read_row(number, of_b);
  const std::size_t common = std::min(of_a.ids.size(), of_b.ids.size());
  std::size_t token = 0;
  while (token < common && of_a.ids[token] == of_b.ids[token] &&
         of_a.loss_mask[token] == of_b.loss_mask[token])
    ++token;
  return token;
}

std::string shown_row(const Dataset& dataset, std::int64_t number) {
  const RowTexts texts(dataset);
  Row row;
  texts.read(number, row);
  return fmt::format("{}\n{}\n", row_heading(texts, number, row),
                     marked_text(texts.stretches_of(row), mark_for_output()));
}

void print_value(const ComparedValue& value) {
  const std::string a = harmless_text(value.a), b = harmless_text(value.b);
  if (value.a == value.b) {
    fmt::print("{:<10} {} in both\n", value.name, a);
  } else {
    fmt::print("{:<10} differs\n  A: {}\n  B: {}\n", value.name, a, b);
  }
}

void print_only_in(const char* side, const std::vector<std::int64_t>& rows) {
  if (rows.empty()) return;
  const std::span listed(rows.begin(), std::min(rows.size(), kListed));
  fmt::print("only in {}  {}: {}{}\n", side, counted(rows.size(), "row"), fmt::join(listed, ", "),
             rows.size() > kListed ? ", ..." : "");
}

}  // namespace

void print_comparison(const Dataset& a, const Dataset& b, const DatasetComparison& comparison) {
  // Before anything is printed, since it may fail.
  std::string first;
  if (const auto row = comparison.first_differing)
    first = fmt::format("\nA, {}\nB, {}", shown_row(a, *row), shown_row(b, *row));
  fmt::print("A          {}\nB          {}\n", harmless_text(a.folder().string()),
             harmless_text(b.folder().string()));
  for (const ComparedValue& value : comparison.values) print_value(value);
  if (comparison.first_differing) {
    fmt::print("places     at {} of {} the rows differ, first at row {} from token {} on\n",
               count_text(static_cast<std::uint64_t>(comparison.differing)),
               count_text(static_cast<std::uint64_t>(std::min(a.rows(), b.rows()))),
               *comparison.first_differing, first_differing_token(a, b, *comparison.first_differing));
  }
  print_only_in("A", comparison.only_in_a);
  print_only_in("B", comparison.only_in_b);
  if (comparison.differing > 0 && comparison.only_in_a.empty() && comparison.only_in_b.empty())
    fmt::print("order      the same rows in another order\n");
  fmt::print("{}", first);
  if (comparison.equal()) {
    fmt::print("equal      settings, counts and all {} in their order\n",
               counted(static_cast<std::uint64_t>(a.rows()), "row"));
  } else {
    fmt::print(
        "{}different  {}\n", first.empty() ? "" : "\n",
        comparison.same_rows() ? "the rows are the same, what is said of them is not" : "the rows differ");
  }
}

}  // namespace hone
