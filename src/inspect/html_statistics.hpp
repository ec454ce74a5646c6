#pragma once

#include <string>

#include "inspect/statistics.hpp"

namespace hone {

/// The parts of a report that count, as HTML elements: a row of cards, what the rows were made with, the
/// histogram of lengths, a table of the inputs with a histogram of each.
std::string html_statistics(const Manifest& manifest, const DatasetStatistics& statistics);

}  // namespace hone
