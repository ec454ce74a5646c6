#include "inspect/statistics_text.hpp"

#include <fmt/format.h>

#include "base/number_text.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "inspect/settings.hpp"

namespace hone {
namespace {

std::string bytes_text(std::uint64_t bytes) { return human_bytes(static_cast<double>(bytes)); }

void print_counts(const Manifest::Counts& counts) {
  fmt::print("rows       {} ({} truncated, {} with an empty answer)\n", count_text(counts.rows),
             count_text(counts.truncated), count_text(counts.empty_answers));
  fmt::print("tokens     {}\n", count_text(counts.tokens));
  fmt::print("targets    {} ({} of the tokens)\n", count_text(counts.targets),
             share_text(counts.targets, counts.tokens));
  for (const auto& [reason, dropped] : counts.dropped)
    fmt::print("dropped    {}: {}\n", harmless_text(reason), count_text(dropped));
}

void print_source(const Manifest::Input& input, const RowStatistics& source, const LengthSummary& all) {
  fmt::print("input      {} ({}, weight {}, {}, SHA-256 {})\n", harmless_text(input.path),
             harmless_text(input.format), input.weight, bytes_text(input.size), input.sha256);
  if (source.rows == 0) {
    fmt::print("           no rows\n");
    return;
  }
  fmt::print("           {}, {}, {} ({} of the tokens)\n", counted(source.rows, "row"),
             counted(source.tokens, "token"), counted(source.targets, "target"),
             share_text(source.targets, source.tokens));
  fmt::print("           lengths {}  {}\n", text_of(source.lengths),
             source.histogram.sparkline(all.shortest, all.longest));
}

}  // namespace

void print_statistics(const Dataset& dataset, const DatasetStatistics& statistics) {
  const Manifest& manifest = dataset.manifest();
  fmt::print("dataset    {}\n", harmless_text(dataset.folder().string()));
  fmt::print("made by    {}\n", harmless_text(manifest.tool_version));
  for (const Setting& setting : settings_of(manifest))
    fmt::print("{:<10} {}\n", setting.name, harmless_text(setting.value));
  fmt::print("max id     {}\n", manifest.max_id);
  print_counts(manifest.counts);
  const LengthSummary& lengths = statistics.whole.lengths;
  fmt::print("lengths    {}\n", text_of(lengths));
  for (const std::string& line : statistics.whole.histogram.lines(lengths.longest)) fmt::print("{}\n", line);
  for (std::size_t i = 0; i < manifest.inputs.size(); ++i)
    print_source(manifest.inputs[i], statistics.sources[i], lengths);
  for (const Manifest::Part& part : manifest.parts) {
    fmt::print("part       {}: {}, {}, {}\n", harmless_text(part.file), counted(part.rows, "row"),
               counted(part.tokens, "token"), bytes_text(part.bytes));
  }
}

}  // namespace hone
