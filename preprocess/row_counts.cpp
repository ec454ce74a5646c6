#include "preprocess/row_counts.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "base/log.hpp"
#include "base/text.hpp"
#include "preprocess/block_result.hpp"

namespace hone {
namespace {

constexpr std::size_t kBarWidth = 40;

std::string count(std::uint64_t value) { return human_count(static_cast<std::int64_t>(value)); }

}  // namespace

void RowCounts::add(const Row& row, std::uint8_t notes) {
  ++counts_.rows;
  counts_.tokens += row.ids.size();
  counts_.targets += count_targets(row.loss_mask);
  counts_.truncated += (notes & kTruncated) != 0 ? 1 : 0;
  counts_.empty_answers += (notes & kEmptyAnswer) != 0 ? 1 : 0;
  ++lengths_[std::min<std::size_t>(kBins - 1, std::bit_width(row.ids.size()) - 1)];
  std::uint32_t most = 0;
  for (const std::uint32_t id : row.ids) most = std::max(most, id);
  max_id_ = std::max<std::uint64_t>(max_id_, most);
}

void RowCounts::print() const {
  log::info("rows       {} ({} truncated, {} with an empty answer)", count(counts_.rows),
            count(counts_.truncated), count(counts_.empty_answers));
  log::info("tokens     {}, of them {} targets", count(counts_.tokens), count(counts_.targets));
}

void RowCounts::print_lengths(std::int64_t model_max_length) const {
  const std::uint64_t most = *std::max_element(lengths_.begin(), lengths_.end());
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    if (lengths_[bin] == 0) continue;
    const auto bar = static_cast<std::size_t>(static_cast<double>(kBarWidth) *
                                              static_cast<double>(lengths_[bin]) / static_cast<double>(most));
    log::info("  {:>7} to {:>7} tokens {:>10} {}", std::uint64_t{1} << bin,
              std::min<std::int64_t>((std::int64_t{1} << (bin + 1)) - 1, model_max_length),
              count(lengths_[bin]), std::string(std::max<std::size_t>(1, bar), '#'));
  }
}

}  // namespace hone
