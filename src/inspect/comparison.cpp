#include "inspect/comparison.hpp"

#include <algorithm>
#include <iterator>

#include "base/number_text.hpp"
#include "dataset/row_digest.hpp"
#include "inspect/settings.hpp"

namespace hone {
namespace {

struct DigestedRow {
  RowDigest digest;
  std::int64_t number;
};

bool comes_before(const DigestedRow& a, const DigestedRow& b) { return a.digest < b.digest; }

std::vector<DigestedRow> digested_rows(const Dataset& dataset) {
  std::vector<DigestedRow> rows;
  rows.reserve(static_cast<std::size_t>(dataset.rows()));
  Row row;
  for (std::int64_t number = 0; number < dataset.rows(); ++number) {
    dataset.read_row(number, row.ids, row.loss_mask);
    rows.push_back({digest_of(row), number});
  }
  return rows;
}

std::vector<std::int64_t> only_in(const std::vector<DigestedRow>& sorted,
                                  const std::vector<DigestedRow>& sorted_others) {
  std::vector<DigestedRow> rows;
  std::set_difference(sorted.begin(), sorted.end(), sorted_others.begin(), sorted_others.end(),
                      std::back_inserter(rows), comes_before);
  std::vector<std::int64_t> numbers;
  for (const DigestedRow& row : rows) numbers.push_back(row.number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<ComparedValue> compared_values(const Manifest& a, const Manifest& b) {
  std::vector<ComparedValue> values;
  const auto settings_of_b = settings_of(b);
  for (const Setting& setting : settings_of(a))
    values.push_back({setting.name, setting.value, settings_of_b[values.size()].value});
  const auto add = [&](const char* name, std::uint64_t of_a, std::uint64_t of_b) {
    values.push_back({name, count_text(of_a), count_text(of_b)});
  };
  add("rows", a.counts.rows, b.counts.rows);
  add("tokens", a.counts.tokens, b.counts.tokens);
  add("targets", a.counts.targets, b.counts.targets);
  add("truncated", a.counts.truncated, b.counts.truncated);
  return values;
}

}  // namespace

bool DatasetComparison::equal() const {
  return same_rows() &&
         std::ranges::all_of(values, [](const ComparedValue& value) { return value.a == value.b; });
}

DatasetComparison compare(const Dataset& a, const Dataset& b) {
  DatasetComparison result;
  result.values = compared_values(a.manifest(), b.manifest());
  std::vector<DigestedRow> rows_of_a = digested_rows(a), rows_of_b = digested_rows(b);
  const std::size_t places = std::min(rows_of_a.size(), rows_of_b.size());
  for (std::size_t i = 0; i < places; ++i) {
    if (rows_of_a[i].digest == rows_of_b[i].digest) continue;
    if (result.differing++ == 0) result.first_differing = static_cast<std::int64_t>(i);
  }
  std::stable_sort(rows_of_a.begin(), rows_of_a.end(), comes_before);
  std::stable_sort(rows_of_b.begin(), rows_of_b.end(), comes_before);
  result.only_in_a = only_in(rows_of_a, rows_of_b);
  result.only_in_b = only_in(rows_of_b, rows_of_a);
  return result;
}

}  // namespace hone
