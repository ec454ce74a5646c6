#pragma once

#include <cstdint>
#include <string>

#include "inspect/row_texts.hpp"
#include "inspect/statistics.hpp"

namespace hone {

/// A report in one HTML document that needs no network, scripts or fonts: statistics, histograms, inputs and
/// the first `rows` rows with their targets marked. A function of the dataset and its folder's place alone.
/// Throws Error(kData) for a damaged row.
std::string html_report(const RowTexts& texts, const DatasetStatistics& statistics, std::int64_t rows);

}  // namespace hone
