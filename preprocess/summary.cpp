#include "preprocess/summary.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/number_text.hpp"

namespace hone {
namespace {

constexpr double kWorryingShare = 0.1;

}  // namespace

void Summary::add(const BlockResult& result) {
  for (const auto& [reason, number] : result.dropped) dropped_[reason] += number;
  if (!result.bad.empty()) dropped_["bad_line"] += result.bad.size();
  for (const auto& [reason, line] : result.first_dropped) first_dropped_.emplace(reason, line);
  blank_lines_ += result.blank_lines;
}

void Summary::add_duplicate(const Row& row) {
  ++dropped_["duplicate"];
  first_dropped_.emplace("duplicate", RejectedLine{row.source_file, row.source_line, 0, {}});
}

std::string Summary::dropped_text() const {
  std::string text;
  for (const auto& [reason, number] : dropped_)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count_text(number), reason);
  return text.empty() ? "the input holds no conversation" : text;
}

void Summary::print(std::uint64_t taken) const {
  std::uint64_t dropped = 0;
  for (const auto& [reason, number] : dropped_) dropped += number;
  log::info("dropped    {}{}", count_text(dropped), dropped > 0 ? ": " + dropped_text() : "");
  if (blank_lines_ > 0) log::info("skipped    {} blank lines", count_text(blank_lines_));
  const auto all = static_cast<double>(taken + dropped);
  if (all > 0 && static_cast<double>(dropped) > kWorryingShare * all && taken > 0) {
    log::warn("{:.0f} % of the rows were dropped: {}", 100 * static_cast<double>(dropped) / all,
              dropped_text());
  }
}

}  // namespace hone
