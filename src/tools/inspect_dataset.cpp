#include "tools/inspect_dataset.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/atomic_file.hpp"
#include "base/number_text.hpp"
#include "base/text.hpp"
#include "dataset/verify.hpp"
#include "inspect/comparison_text.hpp"
#include "inspect/html_report.hpp"
#include "inspect/report_file.hpp"
#include "inspect/row_search.hpp"
#include "inspect/statistics_text.hpp"

namespace hone {
namespace {

constexpr std::int64_t kFoundRows = 20, kReportedRows = 100;  // unless --show says otherwise

Dataset open(const std::string& path, InspectDepth depth) {
  const bool verify = depth == InspectDepth::kVerify;
  Dataset dataset = Dataset::open(path, verify ? DatasetCheck::kContents : DatasetCheck::kStructure);
  if (verify) {
    verify_rows(dataset);
    static_cast<void>(RowTexts(dataset));
  }
  return dataset;
}

void show_row(const Dataset& dataset, const InspectOptions& options) {
  if (*options.row >= dataset.rows()) {
    fail_usage(fmt::format("{} has no row {}", options.path, *options.row),
               fmt::format("it holds {}, counted from 0",
                           counted(static_cast<std::uint64_t>(dataset.rows()), "row")),
               fmt::format("say 0 to {}", dataset.rows() - 1));
  }
  print_row(RowTexts(dataset), *options.row, options.format);
}

void write_report(const Dataset& dataset, const InspectOptions& options) {
  const std::int64_t rows = options.show.value_or(kReportedRows);
  const std::string html = html_report(RowTexts(dataset), statistics_of(dataset), rows);
  write_file_atomically(*options.report, html);
  fmt::print("wrote {}: statistics and {} of {}, {}\n", *options.report,
             count_text(static_cast<std::uint64_t>(std::min(rows, dataset.rows()))),
             counted(static_cast<std::uint64_t>(dataset.rows()), "row"),
             human_bytes(static_cast<double>(html.size())));
}

void show_dataset(const Dataset& dataset, const InspectOptions& options) {
  const bool text = options.format == RowFormat::kText;
  if (text) print_statistics(dataset, statistics_of(dataset));
  if (const std::int64_t rows = std::min(options.show.value_or(0), dataset.rows()); rows > 0) {
    const RowTexts texts(dataset);
    for (std::int64_t row = 0; row < rows; ++row) {
      if (text) fmt::print("\n");
      print_row(texts, row, options.format);
    }
  }
  if (text && options.depth == InspectDepth::kVerify) fmt::print("verified   every part, row and count\n");
}

}  // namespace

ExitCode inspect_dataset(const InspectOptions& options) {
  if (options.report) require_report_path(*options.report);
  const Dataset dataset = open(options.path, options.depth);
  if (options.other) {
    const Dataset other = open(*options.other, options.depth);
    const DatasetComparison comparison = compare(dataset, other);
    print_comparison(dataset, other, comparison);
    return comparison.equal() ? ExitCode::kDone : ExitCode::kDifferent;
  }
  if (options.row) {
    show_row(dataset, options);
  } else if (options.find) {
    print_found(RowTexts(dataset), {*options.find, options.show.value_or(kFoundRows), options.format});
  } else if (options.report) {
    write_report(dataset, options);
  } else {
    show_dataset(dataset, options);
  }
  return ExitCode::kDone;
}

}  // namespace hone
