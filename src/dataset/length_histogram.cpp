#include "dataset/length_histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/error.hpp"
#include "base/number_text.hpp"

namespace hone {
namespace {

constexpr std::uint64_t kBarWidth = 40;
constexpr std::array<const char*, 8> kHeights = {"\u2581", "\u2582", "\u2583", "\u2584",
                                                 "\u2585", "\u2586", "\u2587", "\u2588"};

std::size_t bin_of(std::uint64_t length) { return static_cast<std::size_t>(std::bit_width(length)) - 1; }

// How many of `steps` a bin fills; one row is seen however many another bin holds.
std::uint64_t scaled(std::uint64_t rows, std::uint64_t most, std::uint64_t steps) {
  const double filled = static_cast<double>(steps) * static_cast<double>(rows) / static_cast<double>(most);
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(filled));
}

}  // namespace

void LengthHistogram::add(std::uint64_t length) {
  HONE_ASSERT(length > 0 && bin_of(length) < rows_.size());
  ++rows_[bin_of(length)];
}

std::vector<LengthHistogram::Bin> LengthHistogram::bins(std::uint64_t longest) const {
  std::vector<Bin> filled;
  for (std::size_t bin = 0; bin < rows_.size(); ++bin) {
    if (rows_[bin] == 0) continue;
    const std::uint64_t first = std::uint64_t{1} << bin;
    filled.push_back({first, std::min(2 * first - 1, longest), rows_[bin]});
  }
  return filled;
}

std::vector<std::string> LengthHistogram::lines(std::uint64_t longest) const {
  const std::uint64_t most = *std::max_element(rows_.begin(), rows_.end());
  std::vector<std::string> lines;
  for (const Bin& bin : bins(longest)) {
    lines.push_back(fmt::format("  {:>7} to {:>7} tokens {:>10} {}", bin.first, bin.last,
                                count_text(bin.rows), std::string(scaled(bin.rows, most, kBarWidth), '#')));
  }
  return lines;
}

std::string LengthHistogram::sparkline(std::uint64_t shortest, std::uint64_t longest) const {
  const std::uint64_t most = *std::max_element(rows_.begin(), rows_.end());
  std::string line;
  for (std::size_t bin = bin_of(shortest); bin <= bin_of(longest); ++bin)
    line += rows_[bin] == 0 ? "." : kHeights[scaled(rows_[bin], most, kHeights.size()) - 1];
  return line;
}

}  // namespace hone
