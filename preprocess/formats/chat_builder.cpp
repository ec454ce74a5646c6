#include "preprocess/formats/chat_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "preprocess/message_check.hpp"
#include "preprocess/row_json.hpp"

namespace hone {
namespace {

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// A list, or a string that holds one as JSON; a blank one holds none.
OrderedJson tools_of(RowFields& row) {
  OrderedJson* const given = row.find("tools");
  if (given == nullptr) return {};
  const std::string field = row.field("tools");
  OrderedJson tools = std::move(*given);
  if (tools.is_string()) {
    const std::string text = std::move(tools.get_ref<std::string&>());
    if (is_blank(text)) return {};
    try {
      tools = parse_row_json(text);
    } catch (const RowFault& fault) {
      throw RowFault{fmt::format("'{}' is a string: {}", field, fault.reason)};
    }
    if (tools.is_null()) return {};
  }
  if (!tools.is_array()) throw RowFault{fmt::format("'{}' is not a list", field)};
  const bool objects =
      std::all_of(tools.begin(), tools.end(), [](const OrderedJson& tool) { return tool.is_object(); });
  if (!objects) throw RowFault{fmt::format("'{}' holds something else than objects", field)};
  return tools;
}

}  // namespace

void ChatBuilder::add(OrderedJson message, const std::string& place, bool learnt) {
  if (const auto fault = message_fault(message, empty()))
    throw RowFault{fmt::format("{}: {}", place, *fault)};
  const bool answer = message["role"] == "assistant";
  answered_ = answered_ || answer;
  chat_.trained.push_back(answer && learnt && message_is_trained(message));
  chat_.messages.push_back(std::move(message));
}

void ChatBuilder::add_text(const char* role, std::string text, const std::string& place, bool learnt) {
  add({{"role", role}, {"content", std::move(text)}}, place, learnt);
}

void ChatBuilder::add_all(OrderedJson& messages, const std::string& field, bool learnt) {
  for (std::size_t i = 0; i < messages.size(); ++i)
    add(std::move(messages[i]), fmt::format("{}[{}]", field, i), learnt);
}

Chat ChatBuilder::finish(RowFields& row) {
  if (!answered_) throw RowFault{"no assistant turn, so nothing to learn"};
  chat_.tools = tools_of(row);
  if (OrderedJson* const variables = row.find("chat_template_kwargs")) {
    if (!variables->is_object())
      throw RowFault{fmt::format("'{}' is not an object", row.field("chat_template_kwargs"))};
    chat_.variables = std::move(*variables);
  }
  return std::move(chat_);
}

Chat ChatBuilder::finish_plain() {
  chat_.plain = true;
  return std::move(chat_);
}

}  // namespace hone
