#include "inspect/html_statistics.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number_text.hpp"
#include "base/text.hpp"
#include "inspect/html_text.hpp"
#include "inspect/settings.hpp"

namespace hone {
namespace {

std::string card(const std::string& number, const std::string& what) {
  return fmt::format("<div class=\"card\"><b>{}</b>{}</div>\n", number, what);
}

std::string cards(const Manifest::Counts& counts, const LengthSummary& lengths) {
  std::string html = "<div class=\"cards\">\n";
  html += card(count_text(counts.rows), fmt::format("rows, {} truncated", count_text(counts.truncated)));
  html += card(count_text(counts.tokens), "tokens");
  html +=
      card(count_text(counts.targets), fmt::format("targets, {}", share_text(counts.targets, counts.tokens)));
  html += card(count_text(lengths.p50), "tokens in the median row");
  html += card(count_text(lengths.longest), "tokens in the longest row");
  return html + "</div>\n";
}

std::string setting_line(const std::string& name, const std::string& value) {
  return fmt::format("<tr><th>{}</th><td class=\"text\">{}</td></tr>\n", name, html_text(value));
}

std::string settings_table(const Manifest& manifest) {
  std::string html = "<h2>Made with</h2>\n<table>\n" + setting_line("program", manifest.tool_version);
  for (const Setting& setting : settings_of(manifest)) html += setting_line(setting.name, setting.value);
  html += setting_line("largest id", std::to_string(manifest.max_id));
  html += setting_line("empty answers", count_text(manifest.counts.empty_answers));
  for (const auto& [reason, dropped] : manifest.counts.dropped)
    html += setting_line("dropped", fmt::format("{}: {}", reason, count_text(dropped)));
  return html + "</table>\n";
}

std::string histogram(const RowStatistics& rows) {
  const auto bins = rows.histogram.bins(rows.lengths.longest);
  std::uint64_t most = 1;
  for (const auto& bin : bins) most = std::max(most, bin.rows);
  std::string html =
      "<table class=\"bars\">\n<tr><th class=\"number\">tokens</th><th class=\"number\">rows</th></tr>\n";
  for (const auto& bin : bins) {
    const bool one_length = bin.first == bin.last;
    html += fmt::format(
        "<tr><td class=\"number\">{}{}</td><td class=\"number\">{}</td>"
        "<td class=\"bar\"><i style=\"width:{:.1f}%\"></i></td></tr>\n",
        count_text(bin.first), one_length ? "" : " to " + count_text(bin.last), count_text(bin.rows),
        100 * static_cast<double>(bin.rows) / static_cast<double>(most));
  }
  return html + "</table>\n";
}

std::string lengths_line(const LengthSummary& lengths) {
  return fmt::format("<p class=\"soft\">{}</p>\n", text_of(lengths));
}

std::string source_line(const Manifest::Input& input, const RowStatistics& source) {
  std::string html = fmt::format("<tr><td class=\"text\">{}</td><td>{}</td>", html_text(input.path),
                                 html_text(input.format));
  const auto number = [&](const std::string& text) {
    html += fmt::format("<td class=\"number\">{}</td>", text);
  };
  number(fmt::format("{}", input.weight));
  number(human_bytes(static_cast<double>(input.size)));
  for (const std::uint64_t count : {source.rows, source.tokens, source.targets}) number(count_text(count));
  number(source.rows > 0 ? share_text(source.targets, source.tokens) : "");
  const LengthSummary& lengths = source.lengths;
  for (const std::uint64_t length : {lengths.p50, lengths.p90, lengths.p99, lengths.longest})
    number(source.rows > 0 ? count_text(length) : "");
  return html + "</tr>\n";
}

std::string sources(const Manifest& manifest, const DatasetStatistics& statistics) {
  std::string html = "<h2>Inputs</h2>\n<div class=\"wide\"><table>\n<tr><th>file</th><th>format</th>";
  for (const char* head :
       {"weight", "size", "rows", "tokens", "targets", "share", "p50", "p90", "p99", "longest"})
    html += fmt::format("<th class=\"number\">{}</th>", head);
  html += "</tr>\n";
  for (std::size_t i = 0; i < manifest.inputs.size(); ++i)
    html += source_line(manifest.inputs[i], statistics.sources[i]);
  html += "</table></div>\n<h2>Lengths by input</h2>\n<div class=\"grid\">\n";
  for (std::size_t i = 0; i < manifest.inputs.size(); ++i) {
    if (statistics.sources[i].rows == 0) continue;
    html += fmt::format("<div class=\"box\"><h3>{}</h3>\n{}{}</div>\n", html_text(manifest.inputs[i].path),
                        lengths_line(statistics.sources[i].lengths), histogram(statistics.sources[i]));
  }
  return html + "</div>\n";
}

}  // namespace

std::string html_statistics(const Manifest& manifest, const DatasetStatistics& statistics) {
  return cards(manifest.counts, statistics.whole.lengths) + settings_table(manifest) + "<h2>Lengths</h2>\n" +
         lengths_line(statistics.whole.lengths) + histogram(statistics.whole) + sources(manifest, statistics);
}

}  // namespace hone
