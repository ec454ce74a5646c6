#include "preprocess/row_counts.hpp"

#include <algorithm>
#include <string>

#include "base/log.hpp"
#include "base/number_text.hpp"
#include "base/simd.hpp"
#include "preprocess/block_result.hpp"

namespace hone {
namespace {

HONE_VECTORISED std::uint32_t largest(const std::uint32_t* ids, std::size_t count) {
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < count; ++i) most = std::max(most, ids[i]);
  return most;
}

}  // namespace

void RowCounts::add(const Row& row, std::uint8_t notes) {
  ++counts_.rows;
  counts_.tokens += row.ids.size();
  counts_.targets += count_targets(row.loss_mask);
  counts_.truncated += (notes & kTruncated) != 0 ? 1 : 0;
  counts_.empty_answers += (notes & kEmptyAnswer) != 0 ? 1 : 0;
  lengths_.add(row.ids.size());
  max_id_ = std::max<std::uint64_t>(max_id_, largest(row.ids.data(), row.ids.size()));
}

void RowCounts::print() const {
  log::info("rows       {} ({} truncated, {} with an empty answer)", count_text(counts_.rows),
            count_text(counts_.truncated), count_text(counts_.empty_answers));
  log::info("tokens     {}, of them {} targets", count_text(counts_.tokens), count_text(counts_.targets));
}

void RowCounts::print_lengths(std::int64_t model_max_length) const {
  for (const std::string& line : lengths_.lines(static_cast<std::uint64_t>(model_max_length)))
    log::info("{}", line);
}

}  // namespace hone
