#include "inspect/html_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.hpp"
#include "inspect/html_statistics.hpp"
#include "inspect/html_style.hpp"
#include "inspect/html_text.hpp"
#include "inspect/report_file.hpp"
#include "inspect/row_printer.hpp"

namespace hone {
namespace {

// Rows are text and nothing more: should one get round the escaping, the browser runs and loads nothing.
constexpr const char* kPolicy =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n";

std::string rows_section(const RowTexts& texts, std::int64_t count) {
  const std::int64_t all = texts.dataset().rows();
  std::string html = fmt::format(
      "<h2>Rows</h2>\n<p class=\"soft\">The first {} of {}. <mark>Targets</mark> are what is learnt.</p>\n",
      count_text(static_cast<std::uint64_t>(count)), count_text(static_cast<std::uint64_t>(all)));
  Row row;
  for (std::int64_t number = 0; number < count; ++number) {
    texts.read(number, row);
    // A line break behind <pre> is no part of the text.
    html +=
        fmt::format("<article id=\"row-{}\"><h3>{}</h3>\n<pre dir=\"auto\">\n{}</pre></article>\n", number,
                    html_text(row_heading(texts, number, row)), marked_html(texts.stretches_of(row)));
  }
  return html;
}

}  // namespace

std::string html_report(const RowTexts& texts, const DatasetStatistics& statistics, std::int64_t rows) {
  const Dataset& dataset = texts.dataset();
  const std::filesystem::path folder = std::filesystem::canonical(dataset.folder());
  const std::string name = html_text(folder.filename().string());
  std::string html{kReportHead};
  html += "<head>\n<meta charset=\"utf-8\">\n";
  html += kPolicy;
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += fmt::format("<title>{}: dataset</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n", name,
                      kReportStyle);
  html += fmt::format("<h1>{}</h1>\n<p class=\"soft\">{}</p>\n", name, html_text(folder.string()));
  html += html_statistics(dataset.manifest(), statistics);
  html += rows_section(texts, std::min(rows, dataset.rows()));
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace hone
