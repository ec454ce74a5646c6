#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataset/dataset.hpp"
#include "dataset/length_histogram.hpp"

namespace hone {

/// Lengths of rows in tokens. A percentile is the smallest length that so many of a hundred rows do not
/// exceed.
struct LengthSummary {
  std::uint64_t shortest = 0, p50 = 0, p90 = 0, p99 = 0, longest = 0;
};

/// Sorts `lengths`, which is not empty.
LengthSummary summary_of(std::span<std::uint32_t> lengths);

/// "33 to 1024 tokens, p50 164, p90 391, p99 1016"
std::string text_of(const LengthSummary& lengths);

struct RowStatistics {
  std::uint64_t rows = 0, tokens = 0, targets = 0;
  LengthSummary lengths;  // zeroes where there is no row
  LengthHistogram histogram;
};

struct DatasetStatistics {
  RowStatistics whole;
  std::vector<RowStatistics> sources;  // one for each of the manifest's inputs, in their order
};

/// Counts what the parts record of each row: length, targets and input. Reads no tokens; takes 12 bytes of
/// memory a row. Throws Error(kData) where that is damaged.
DatasetStatistics statistics_of(const Dataset& dataset);

}  // namespace hone
