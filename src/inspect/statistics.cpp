#include "inspect/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace hone {
namespace {

/// Counts rows one by one; lengths are kept for the percentiles.
class Counter {
 public:
  void add(std::uint32_t length, std::uint32_t targets) {
    ++statistics_.rows;
    statistics_.tokens += length;
    statistics_.targets += targets;
    statistics_.histogram.add(length);
    lengths_.push_back(length);
  }

  RowStatistics finish() {
    if (!lengths_.empty()) statistics_.lengths = summary_of(lengths_);
    return statistics_;
  }

 private:
  RowStatistics statistics_;
  std::vector<std::uint32_t> lengths_;
};

}  // namespace

LengthSummary summary_of(std::span<std::uint32_t> lengths) {
  HONE_ASSERT(!lengths.empty());
  std::sort(lengths.begin(), lengths.end());
  const auto percentile = [&](std::size_t percent) {
    return lengths[(lengths.size() * percent + 99) / 100 - 1];
  };
  return {lengths.front(), percentile(50), percentile(90), percentile(99), lengths.back()};
}

std::string text_of(const LengthSummary& lengths) {
  return fmt::format("{} to {} tokens, p50 {}, p90 {}, p99 {}", lengths.shortest, lengths.longest,
                     lengths.p50, lengths.p90, lengths.p99);
}

DatasetStatistics statistics_of(const Dataset& dataset) {
  const std::vector<std::uint32_t> files = dataset.source_files();
  Counter whole;
  std::vector<Counter> sources(dataset.manifest().inputs.size());
  for (std::size_t row = 0; row < files.size(); ++row) {
    const std::uint32_t length = dataset.lengths()[row], targets = dataset.target_counts()[row];
    whole.add(length, targets);
    sources[files[row]].add(length, targets);
  }
  DatasetStatistics result;
  result.whole = whole.finish();
  for (Counter& source : sources) result.sources.push_back(source.finish());
  return result;
}

}  // namespace hone
