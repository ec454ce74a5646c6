#include "preprocess/formats/row_format.hpp"

#include <algorithm>
#include <iterator>

namespace hone {
namespace {

struct Description {
  RowFormat format;
  const char* name;
  std::size_t telling;  // of the fields, those that a row must have
  std::vector<const char*> fields;
};

const Description& describe(RowFormat format) {
  static const std::vector<Description> kDescriptions = {
      {RowFormat::kMessages, "messages", 1, {"messages", "tools", "chat_template_kwargs"}},
      {RowFormat::kShareGpt, "sharegpt", 1, {"conversations", "system", "tools", "chat_template_kwargs"}},
      {RowFormat::kAlpaca,
       "alpaca",
       2,
       {"instruction", "output", "input", "system", "history", "tools", "chat_template_kwargs"}},
      {RowFormat::kPromptCompletion,
       "prompt_completion",
       2,
       {"prompt", "completion", "tools", "chat_template_kwargs"}},
      {RowFormat::kText, "text", 1, {"text"}}};
  return *std::ranges::find(kDescriptions, format, &Description::format);
}

}  // namespace

const char* name_of(RowFormat format) { return describe(format).name; }

std::span<const char* const> fields_of(RowFormat format) { return describe(format).fields; }

std::vector<RowFormat> formats_with(const std::vector<std::string>& fields, const Columns& columns) {
  std::vector<RowFormat> fitting;
  for (const RowFormat format : kRowFormats) {
    const Description& description = describe(format);
    const auto telling = std::span(description.fields).first(description.telling);
    const bool fits = std::ranges::all_of(telling, [&](const char* name) {
      return std::ranges::find(fields, columns.field(name)) != fields.end();
    });
    if (fits) fitting.push_back(format);
  }
  return fitting;
}

}  // namespace hone
