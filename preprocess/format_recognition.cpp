#include "preprocess/format_recognition.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "preprocess/row_json.hpp"
#include "preprocess/shown_text.hpp"

namespace hone {
namespace {

constexpr std::size_t kMostNamed = 12;

std::string listed(const std::vector<std::string>& fields) {
  std::string text;
  for (std::size_t i = 0; i < fields.size() && i < kMostNamed; ++i)
    text += (i > 0 ? ", " : "") + shown_text(fields[i]);
  return text + (fields.size() > kMostNamed ? ", ..." : "");
}

}  // namespace

KnownFormat recognise_format(const LineBlock& first, const std::string& path, const Columns& columns) {
  std::vector<std::string> fields;
  std::uint64_t line = 0;
  for_each_row(first, [&](std::string_view row, std::uint64_t number, auto...) {
    if (!fields.empty()) return;
    fields = keys_of_row(row);
    line = number;
  });
  if (fields.empty()) return {RowFormat::kMessages, "no row of its beginning is an object"};
  const std::vector<RowFormat> fitting = formats_with(fields, columns);
  if (fitting.empty()) {
    fail_data(fmt::format("{}:{}: the format can't be recognised", path, line),
              fmt::format("the row has the fields {}", listed(fields)),
              "say which field is what with --column NAME=FIELD, or choose a --format");
  }
  std::string others;
  for (std::size_t i = 1; i < fitting.size(); ++i)
    others += (i > 1 ? ", " : "") + std::string(name_of(fitting[i]));
  return {fitting[0], others.empty() ? "recognised from its first row"
                                     : fmt::format("recognised from its first row, which would do as {} too; "
                                                   "--format chooses",
                                                   others)};
}

}  // namespace hone
