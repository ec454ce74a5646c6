#include "preprocess/conversation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"

namespace hone {
namespace {

std::string role_hint(const std::string& role) {
  if (role == "human") return "; did you mean 'user'?";
  if (role == "gpt" || role == "bing" || role == "bot" || role == "model")
    return "; did you mean 'assistant'?";
  return "; known: system, user, assistant";
}

// nlohmann's text without its identifier, its position, which counts within this line, and what it read last,
// which may be bytes of no encoding and as long as the line.
std::string parse_reason(const Json::parse_error& error) {
  std::string text = error.what();
  if (const auto colon = text.find(": "); colon != std::string::npos) text = text.substr(colon + 2);
  if (const auto last = text.find("; last read: "); last != std::string::npos) {
    const auto expected = text.rfind("; expected ");
    text.erase(last, expected == std::string::npos || expected < last ? std::string::npos : expected - last);
  }
  return fmt::format("not valid JSON at byte {}: {}", error.byte, text);
}

BadLine bad_turn(std::size_t index, const std::string& why) {
  return {fmt::format("messages[{}]: {}", index, why)};
}

std::variant<Turn, BadLine> parse_turn(const Json& json, std::size_t index) {
  if (!json.is_object()) return bad_turn(index, "not an object");
  for (const char* key : {"tool_calls", "tool_call_id", "reasoning_content"}) {
    if (json.contains(key) && !json.at(key).is_null())
      return bad_turn(index, fmt::format("'{}' is not supported yet", key));
  }
  const auto role = json.find("role"), content = json.find("content");
  if (role == json.end() || !role->is_string()) return bad_turn(index, "'role' is missing or not a string");
  if (content == json.end()) return bad_turn(index, "'content' is missing");
  if (content->is_null()) return bad_turn(index, "'content' is null");
  if (!content->is_string())
    return bad_turn(index, fmt::format("'content' is {}, not a string", content->type_name()));
  const auto& name = role->get_ref<const std::string&>();
  if (name != "system" && name != "user" && name != "assistant") {
    return bad_turn(index, fmt::format("unknown role '{}'{}", name, role_hint(name)));
  }
  if (name == "system" && index > 0) return bad_turn(index, "a system turn may only come first");
  return Turn{name, content->get<std::string>()};
}

}  // namespace

std::variant<Conversation, BadLine> parse_conversation(std::string_view line) {
  Json json;
  try {
    json = Json::parse(line.begin(), line.end());
  } catch (const Json::parse_error& error) {
    return BadLine{parse_reason(error)};
  }
  if (json.is_array())
    return BadLine{"a JSON array, not an object; give one conversation a line (jq -c '.[]' converts)"};
  if (!json.is_object()) return BadLine{fmt::format("{}, not an object", json.type_name())};
  const auto messages = json.find("messages");
  if (messages == json.end()) return BadLine{"'messages' is missing"};
  if (!messages->is_array()) return BadLine{"'messages' is not a list"};
  if (messages->empty()) return BadLine{"'messages' is empty"};
  if (json.contains("tools") && !json["tools"].is_null()) return BadLine{"'tools' are not supported yet"};
  Conversation conversation;
  for (std::size_t i = 0; i < messages->size(); ++i) {
    auto turn = parse_turn((*messages)[i], i);
    if (const auto* bad = std::get_if<BadLine>(&turn)) return *bad;
    conversation.push_back(std::get<Turn>(std::move(turn)));
  }
  const bool answered = std::any_of(conversation.begin(), conversation.end(),
                                    [](const Turn& turn) { return turn.role == "assistant"; });
  if (!answered) return BadLine{"no assistant turn, so nothing to learn"};
  return conversation;
}

}  // namespace hone
