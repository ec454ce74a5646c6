#include "preprocess/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/log.hpp"
#include "base/text.hpp"

namespace hone {
namespace {

constexpr std::size_t kBarWidth = 40;
constexpr double kWorryingShare = 0.1;

std::string count(std::uint64_t value) { return human_count(static_cast<std::int64_t>(value)); }

}  // namespace

void Summary::add(const BlockResult& result, const InputWeights& weights) {
  for (const Row& row : result.rows) {
    const std::uint64_t copies = weights.copies(row);
    counts_.rows += copies;
    counts_.tokens += copies * row.ids.size();
    counts_.targets += copies * count_targets(row.loss_mask);
    lengths_[std::min<std::size_t>(kBins - 1, std::bit_width(row.ids.size()) - 1)] += copies;
  }
  unweighed_rows_ += result.rows.size();
  weighed_ = weighed_ || weights.any();
  counts_.truncated += result.truncated;
  counts_.empty_answers += result.empty_answers;
  for (const auto& [reason, number] : result.dropped) counts_.dropped[reason] += number;
  if (!result.bad.empty()) counts_.dropped["bad_line"] += result.bad.size();
  for (const auto& [reason, line] : result.first_dropped) first_dropped_.emplace(reason, line);
  blank_lines_ += result.blank_lines;
  max_id_ = std::max(max_id_, result.max_id);
}

std::string Summary::dropped_text() const {
  std::string text;
  for (const auto& [reason, number] : counts_.dropped)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count(number), reason);
  return text.empty() ? "the input holds no conversation" : text;
}

void Summary::print(std::int64_t model_max_length) const {
  log::info("rows       {} ({} truncated, {} with an empty answer)", count(counts_.rows),
            count(counts_.truncated), count(counts_.empty_answers));
  if (weighed_) log::info("weights    made them of {} rows", count(unweighed_rows_));
  log::info("tokens     {}, of them {} targets", count(counts_.tokens), count(counts_.targets));
  std::uint64_t dropped = 0;
  for (const auto& [reason, number] : counts_.dropped) dropped += number;
  log::info("dropped    {}{}", count(dropped), dropped > 0 ? ": " + dropped_text() : "");
  if (blank_lines_ > 0) log::info("skipped    {} blank lines", count(blank_lines_));
  const std::uint64_t most = *std::max_element(lengths_.begin(), lengths_.end());
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    if (lengths_[bin] == 0) continue;
    const auto bar = static_cast<std::size_t>(static_cast<double>(kBarWidth) *
                                              static_cast<double>(lengths_[bin]) / static_cast<double>(most));
    log::info("  {:>7} to {:>7} tokens {:>10} {}", std::uint64_t{1} << bin,
              std::min<std::int64_t>((std::int64_t{1} << (bin + 1)) - 1, model_max_length),
              count(lengths_[bin]), std::string(std::max<std::size_t>(1, bar), '#'));
  }
  const auto all = static_cast<double>(counts_.rows + dropped);
  if (all > 0 && static_cast<double>(dropped) > kWorryingShare * all && counts_.rows > 0) {
    log::warn("{:.0f} % of the rows were dropped: {}", 100 * static_cast<double>(dropped) / all,
              dropped_text());
  }
}

}  // namespace hone
