#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "preprocess/formats/chat_builder.hpp"
#include "preprocess/formats/converters.hpp"
#include "preprocess/row_json.hpp"
#include "preprocess/shown_text.hpp"

namespace hone {
namespace {

struct Speaker {
  std::string_view from;
  const char* role;
};

constexpr Speaker kSpeakers[] = {{"human", "user"},
                                 {"user", "user"},
                                 {"gpt", "assistant"},
                                 {"assistant", "assistant"},
                                 {"chatgpt", "assistant"},
                                 {"bing", "assistant"},
                                 {"bard", "assistant"},
                                 {"bot", "assistant"},
                                 {"model", "assistant"},
                                 {"function_call", "assistant"},
                                 {"system", "system"},
                                 {"developer", "developer"},
                                 {"tool", "tool"},
                                 {"observation", "tool"},
                                 {"function_response", "tool"}};

const char* role_of(const std::string& from, const std::string& place) {
  const auto found = std::ranges::find(kSpeakers, from, &Speaker::from);
  if (found == std::end(kSpeakers)) {
    throw RowFault{fmt::format(
        "{}: unknown speaker '{}'; known: human, gpt, system, function_call, observation, tool and "
        "the roles of messages",
        place, shown_text(from))};
  }
  return found->role;
}

OrderedJson calls_in(std::string text, const std::string& place) {
  OrderedJson calls;
  try {
    calls = parse_row_json(text);
  } catch (const RowFault& fault) {
    throw RowFault{fmt::format("{}: a function_call that is {}", place, fault.reason)};
  }
  if (!calls.is_array()) calls = OrderedJson::array({std::move(calls)});
  if (calls.empty()) throw RowFault{fmt::format("{}: a function_call that calls nothing", place)};
  OrderedJson wrapped = OrderedJson::array();
  for (OrderedJson& call : calls) {
    if (!call.is_object() || !call.contains("name") || !call.contains("arguments"))
      throw RowFault{fmt::format("{}: a function_call without 'name' and 'arguments'", place)};
    wrapped.push_back({{"type", "function"}, {"function", std::move(call)}});
  }
  return wrapped;
}

// One of two keys, taken out of the turn.
OrderedJson take_either(OrderedJson& turn, const char* key, const char* other, const std::string& place) {
  if (turn.contains(key) && turn.contains(other))
    throw RowFault{fmt::format("{}: both '{}' and '{}'", place, key, other)};
  const auto found = turn.contains(key) ? turn.find(key) : turn.find(other);
  if (found == turn.end()) return {};
  OrderedJson value = std::move(*found);
  turn.erase(found);
  return value;
}

OrderedJson message_of(OrderedJson turn, const std::string& place) {
  if (!turn.is_object()) throw RowFault{fmt::format("{}: not an object", place)};
  OrderedJson from = take_either(turn, "from", "role", place);
  if (!from.is_string()) throw RowFault{fmt::format("{}: 'from' is missing or not a string", place)};
  OrderedJson value = take_either(turn, "value", "content", place);
  OrderedJson message = {{"role", role_of(from.get_ref<const std::string&>(), place)}};
  if (from == "function_call") {
    message["content"] = "";
    message["tool_calls"] = calls_in(take_string(value, fmt::format("{}: the value", place)), place);
  } else if (!value.is_null()) {
    message["content"] = std::move(value);
  }
  for (auto& [key, other] : turn.items()) {
    if (message.contains(key))
      throw RowFault{fmt::format("{}: both a function_call and '{}'", place, shown_text(key))};
    message[key] = std::move(other);
  }
  return message;
}

}  // namespace

Chat chat_of_sharegpt(RowFields& row) {
  ChatBuilder chat;
  const std::string field = row.field("conversations"), system = row.text_or_empty("system");
  OrderedJson& turns = row.list("conversations");
  if (!system.empty()) chat.add_text("system", system, fmt::format("'{}'", row.field("system")));
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", field, i);
    chat.add(message_of(std::move(turns[i]), place), place);
  }
  return chat.finish(row);
}

}  // namespace hone
