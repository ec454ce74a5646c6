#include "inspect/row_search.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "base/number_text.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace hone {
namespace {

constexpr std::size_t kAround = 60;  // bytes shown before and behind what was found

std::string on_one_line(const std::string& text) { return replaced(text, "\n", "\u21B5"); }

std::uint64_t occurrences(std::string_view text, std::string_view wanted) {
  std::uint64_t count = 0;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos;
       at = text.find(wanted, at + wanted.size()))
    ++count;
  return count;
}

void print_place(const RowTexts& texts, std::int64_t number, const Row& row, const std::string& text,
                 const std::string& wanted) {
  const std::size_t found = text.find(wanted);
  const std::size_t begin = found - std::min(found, kAround);
  const std::size_t end = std::min(text.size(), found + wanted.size() + kAround);
  const std::string around = marked_text(cut_out(texts.stretches_of(row), begin, end), mark_for_output());
  fmt::print("row {} ({}), {}\n  {}{}{}\n", number, texts.place_of(row),
             counted(occurrences(text, wanted), "time"), begin > 0 ? "\u2026" : "", on_one_line(around),
             end < text.size() ? "\u2026" : "");
}

}  // namespace

std::vector<Stretch> cut_out(const std::vector<Stretch>& stretches, std::size_t begin, std::size_t end) {
  std::string all;
  for (const Stretch& stretch : stretches) all += stretch.bytes;
  const auto inside_character = [&](std::size_t at) {
    return at < all.size() && (static_cast<unsigned char>(all[at]) & 0xC0U) == 0x80;
  };
  while (begin > 0 && inside_character(begin)) --begin;
  while (inside_character(end)) ++end;
  std::vector<Stretch> cut;
  std::size_t at = 0;
  for (const Stretch& stretch : stretches) {
    const std::size_t from = std::max(at, begin), to = std::min(at + stretch.bytes.size(), end);
    if (from < to) cut.push_back({stretch.bytes.substr(from - at, to - from), stretch.target});
    at += stretch.bytes.size();
  }
  return cut;
}

void print_found(const RowTexts& texts, const RowSearch& search) {
  const std::string wanted = texts.tokenizer().normalised(search.text);
  const std::int64_t rows = texts.dataset().rows();
  std::int64_t found = 0;
  Row row;
  for (std::int64_t number = 0; number < rows; ++number) {
    texts.read(number, row);
    const std::string text = texts.bytes_of(row);
    if (text.find(wanted) == std::string::npos) continue;
    if (++found > search.at_most) continue;
    if (search.format == RowFormat::kJsonl) {
      print_row(texts, number, search.format);
    } else {
      print_place(texts, number, row, text, wanted);
    }
  }
  const auto left = static_cast<std::uint64_t>(std::max<std::int64_t>(0, found - search.at_most));
  if (search.format == RowFormat::kJsonl) {
    if (left > 0) log::warn("{} more with that text; --show N prints more", counted(left, "row"));
    return;
  }
  const std::string quoted = on_one_line(harmless_text(search.text));
  const std::string searched = counted(static_cast<std::uint64_t>(rows), "row");
  if (found == 0) {
    fmt::print("no row contains '{}' ({} searched)\n", quoted, searched);
    return;
  }
  fmt::print("found '{}' in {} of {}{}\n", quoted, count_text(static_cast<std::uint64_t>(found)), searched,
             left > 0 ? fmt::format("; {} more than shown, --show N prints more", count_text(left)) : "");
}

}  // namespace hone
