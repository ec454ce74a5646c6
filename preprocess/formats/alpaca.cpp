#include <fmt/format.h>

#include "preprocess/formats/chat_builder.hpp"
#include "preprocess/formats/converters.hpp"
#include "preprocess/row_json.hpp"

namespace hone {
namespace {

void add_history(RowFields& row, ChatBuilder& chat) {
  OrderedJson* const history = row.find("history");
  if (history == nullptr) return;
  const std::string field = row.field("history");
  if (!history->is_array()) throw RowFault{fmt::format("'{}' is not a list", field)};
  for (std::size_t i = 0; i < history->size(); ++i) {
    OrderedJson& pair = (*history)[i];
    const std::string place = fmt::format("{}[{}]", field, i);
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string())
      throw RowFault{fmt::format("{}: not a question and an answer", place)};
    chat.add_text("user", take_string(pair[0], place), place);
    chat.add_text("assistant", take_string(pair[1], place), place);
  }
}

}  // namespace

Chat chat_of_alpaca(RowFields& row) {
  ChatBuilder chat;
  // An empty system text is a column that this row leaves empty, and so is an empty input.
  const std::string system = row.text_or_empty("system"), input = row.text_or_empty("input");
  if (!system.empty()) chat.add_text("system", system, fmt::format("'{}'", row.field("system")));
  add_history(row, chat);
  std::string question = row.text("instruction");
  if (question.empty() && input.empty())
    throw RowFault{fmt::format("'{}' and '{}' are empty", row.field("instruction"), row.field("input"))};
  if (!question.empty() && !input.empty()) question += "\n";
  question += input;
  chat.add_text("user", std::move(question), fmt::format("'{}'", row.field("instruction")));
  chat.add_text("assistant", row.text("output"), fmt::format("'{}'", row.field("output")));
  return chat.finish(row);
}

}  // namespace hone
