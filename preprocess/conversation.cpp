#include "preprocess/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "preprocess/message_check.hpp"

namespace hone {
namespace {

// nlohmann's text without its identifier, its position, which counts within this line, and what it read last,
// which may be bytes of no encoding and as long as the line.
std::string parse_reason(const OrderedJson::parse_error& error) {
  std::string text = error.what();
  if (const auto colon = text.find(": "); colon != std::string::npos) text = text.substr(colon + 2);
  if (const auto last = text.find("; last read: "); last != std::string::npos) {
    const auto expected = text.rfind("; expected ");
    text.erase(last, expected == std::string::npos || expected < last ? std::string::npos : expected - last);
  }
  return fmt::format("not valid JSON at byte {}: {}", error.byte, text);
}

constexpr std::ptrdiff_t kDeepest = 150;

// What goes through values recursively later must not run out of stack.
bool nests_too_deeply(std::string_view line) {
  const auto opening = [](char c) { return c == '[' || c == '{'; };
  if (std::count_if(line.begin(), line.end(), opening) <= kDeepest) return false;
  std::ptrdiff_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (quoted) {
      if (line[i] == '\\') ++i;
    } else if (opening(line[i])) {
      if (++depth > kDeepest) return true;
    } else if (line[i] == ']' || line[i] == '}') {
      --depth;
    }
  }
  return false;
}

// A list, or a string that holds one as JSON.
std::variant<OrderedJson, BadLine> tools_of(OrderedJson& line) {
  if (!has_value(line, "tools")) return OrderedJson();
  OrderedJson tools = std::move(line["tools"]);
  if (tools.is_string()) {
    if (nests_too_deeply(tools.get_ref<const std::string&>())) return BadLine{"'tools' is nested too deeply"};
    tools = OrderedJson::parse(tools.get_ref<const std::string&>(), nullptr, false);
    if (tools.is_discarded()) return BadLine{"'tools' is a string that is not valid JSON"};
    if (tools.is_null()) return OrderedJson();
  }
  if (!tools.is_array()) return BadLine{"'tools' is not a list"};
  const bool objects =
      std::all_of(tools.begin(), tools.end(), [](const OrderedJson& tool) { return tool.is_object(); });
  if (!objects) return BadLine{"'tools' holds something else than objects"};
  return tools;
}

}  // namespace

std::variant<Chat, BadLine> parse_chat(std::string_view line) {
  if (nests_too_deeply(line)) return BadLine{fmt::format("nested more than {} deep", kDeepest)};
  OrderedJson json;
  try {
    json = OrderedJson::parse(line.begin(), line.end());
  } catch (const OrderedJson::parse_error& error) {
    return BadLine{parse_reason(error)};
  }
  if (json.is_array())
    return BadLine{"a JSON array, not an object; give one conversation a line (jq -c '.[]' converts)"};
  if (!json.is_object()) return BadLine{fmt::format("{}, not an object", json.type_name())};
  const auto messages = json.find("messages");
  if (messages == json.end()) return BadLine{"'messages' is missing"};
  if (!messages->is_array()) return BadLine{"'messages' is not a list"};
  if (messages->empty()) return BadLine{"'messages' is empty"};
  Chat chat;
  bool answered = false;
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const OrderedJson& message = (*messages)[i];
    if (auto fault = message_fault(message, i)) return BadLine{*std::move(fault)};
    const bool answer = message["role"] == "assistant";
    answered = answered || answer;
    chat.trained.push_back(answer && message_is_trained(message));
  }
  if (!answered) return BadLine{"no assistant turn, so nothing to learn"};
  auto tools = tools_of(json);
  if (const auto* bad = std::get_if<BadLine>(&tools)) return *bad;
  chat.tools = std::get<OrderedJson>(std::move(tools));
  if (has_value(json, "chat_template_kwargs")) {
    chat.variables = std::move(json["chat_template_kwargs"]);
    if (!chat.variables.is_object()) return BadLine{"'chat_template_kwargs' is not an object"};
  }
  chat.messages = std::move(json["messages"]);
  chat.bytes = line.size();
  return chat;
}

std::optional<Conversation> plain_conversation(const Chat& chat) {
  if (!chat.tools.is_null() || !chat.variables.is_null()) return std::nullopt;
  Conversation conversation;
  for (std::size_t i = 0; i < chat.messages.size(); ++i) {
    const OrderedJson& message = chat.messages[i];
    const auto& role = message["role"].get_ref<const std::string&>();
    if (role == "tool" || role == "developer" || !message.contains("content") ||
        !message["content"].is_string())
      return std::nullopt;
    for (const char* key : {"tool_calls", "tool_call_id", "reasoning_content", "reasoning", "thinking"}) {
      if (has_value(message, key)) return std::nullopt;
    }
    conversation.push_back(
        {role, message["content"].get<std::string>(), role != "assistant" || chat.trained[i]});
  }
  return conversation;
}

}  // namespace hone
