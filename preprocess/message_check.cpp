#include "preprocess/message_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "preprocess/row_json.hpp"
#include "preprocess/shown_text.hpp"

namespace hone {
namespace {

using Fault = std::optional<std::string>;

constexpr std::string_view kKeys[] = {
    "role",      "content",  "tool_calls", "tool_call_id", "name", "reasoning_content",
    "reasoning", "thinking", "weight",     "train"};
constexpr const char* kRoles[] = {"system", "user", "assistant", "tool", "developer"};

std::string role_hint(const std::string& role) {
  if (role == "human") return "; did you mean 'user'?";
  if (role == "gpt" || role == "bing" || role == "bot" || role == "model")
    return "; did you mean 'assistant'?";
  return "; known: system, user, assistant, tool, developer";
}

Fault role_fault(const OrderedJson& message, bool first) {
  const auto role = message.find("role");
  if (role == message.end() || !role->is_string()) return "'role' is missing or not a string";
  const auto& name = role->get_ref<const std::string&>();
  if (std::find(std::begin(kRoles), std::end(kRoles), name) == std::end(kRoles))
    return fmt::format("unknown role '{}'{}", shown_text(name), role_hint(name));
  if (name == "system" && !first) return "a system turn may only come first";
  return std::nullopt;
}

Fault part_fault(const OrderedJson& part) {
  if (!part.is_object()) return "a part of 'content' is not an object";
  if (part.value("type", OrderedJson()) != "text") return "a part of 'content' is not of type 'text'";
  if (!part.contains("text") || !part["text"].is_string()) return "a part of 'content' has no 'text'";
  return std::nullopt;
}

Fault content_fault(const OrderedJson& message) {
  const bool answer = message["role"] == "assistant", tool = message["role"] == "tool";
  const bool says_otherwise = answer && (has_value(message, "tool_calls") || has_thinking(message));
  const auto content = message.find("content");
  if (content == message.end()) return says_otherwise ? Fault() : "'content' is missing";
  if (content->is_null()) return says_otherwise ? Fault() : "'content' is null";
  if (content->is_string()) return std::nullopt;
  if (tool && content->is_object()) return std::nullopt;
  if (!content->is_array() || content->empty())
    return fmt::format("'content' is {}, not a string", kind_of(*content));
  for (const OrderedJson& part : *content) {
    if (auto fault = part_fault(part)) return fault;
  }
  return std::nullopt;
}

Fault calls_fault(const OrderedJson& message) {
  for (const char* key : kThinkingNames) {
    if (has_value(message, key) && !message[key].is_string()) return fmt::format("'{}' is not a string", key);
  }
  if (!has_value(message, "tool_calls")) return std::nullopt;
  const OrderedJson& calls = message["tool_calls"];
  if (message["role"] != "assistant") return "only an assistant turn may have 'tool_calls'";
  if (!calls.is_array()) return "'tool_calls' is not a list";
  for (const OrderedJson& call : calls) {
    const OrderedJson& function = call.is_object() && call.contains("function") ? call["function"] : call;
    if (!function.is_object() || !function.contains("name") || !function["name"].is_string())
      return "a call in 'tool_calls' has no function with a 'name'";
  }
  return std::nullopt;
}

Fault training_fault(const OrderedJson& message) {
  const bool weighed = has_value(message, "weight"), marked = has_value(message, "train");
  if (weighed && message["weight"] != 0 && message["weight"] != 1)
    return fmt::format(
        "'weight' is {}; 0 (not learnt) and 1 are supported",
        message["weight"].is_binary() ? "a number beyond 64 bits" : shown_text(message["weight"].dump()));
  if (marked && !message["train"].is_boolean()) return "'train' is neither true nor false";
  if (weighed && marked && (message["weight"] == 1) != message["train"].get<bool>())
    return "'weight' and 'train' contradict each other";
  if ((weighed || marked) && message_is_trained(message) && message["role"] != "assistant")
    return "only an assistant turn can be learnt";
  return std::nullopt;
}

}  // namespace

bool has_value(const OrderedJson& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && !found->is_null();
}

bool says_nothing(const OrderedJson& message) {
  const auto content = message.find("content");
  return content != message.end() && content->is_string() &&
         content->get_ref<const std::string&>().find_first_not_of(" \t\r\n") == std::string::npos;
}

bool has_thinking(const OrderedJson& message) {
  return std::ranges::any_of(kThinkingNames, [&](const char* name) { return has_value(message, name); });
}

bool message_is_trained(const OrderedJson& message) {
  if (has_value(message, "weight")) return message["weight"] == 1;
  return !has_value(message, "train") || message["train"].get<bool>();
}

std::optional<std::string> message_fault(const OrderedJson& message, bool first) {
  if (!message.is_object()) return "not an object";
  Fault fault = role_fault(message, first);
  for (const auto check : {content_fault, calls_fault, training_fault}) {
    if (!fault) fault = check(message);
  }
  return fault;
}

bool is_known_message_key(std::string_view key) {
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

}  // namespace hone
