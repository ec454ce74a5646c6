#include "preprocess/conversation.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/error.hpp"
#include "preprocess/formats/converters.hpp"
#include "preprocess/message_check.hpp"
#include "preprocess/row_json.hpp"

namespace hone {
namespace {

Chat converted(OrderedJson& row, const RowReading& reading) {
  RowFields fields(row, reading.columns);
  switch (reading.format) {
    case RowFormat::kMessages: return chat_of_messages(fields);
    case RowFormat::kShareGpt: return chat_of_sharegpt(fields);
    case RowFormat::kAlpaca: return chat_of_alpaca(fields);
    case RowFormat::kPromptCompletion: return chat_of_prompt_completion(fields, reading.learn_prompts);
    case RowFormat::kText: return chat_of_text(fields);
  }
  HONE_ASSERT(false);
}

}  // namespace

std::variant<Chat, BadLine> parse_chat(std::string_view line, const RowReading& reading) {
  try {
    OrderedJson row = parse_row_json(line);
    if (!row.is_object()) return BadLine{fmt::format("{}, not an object", kind_of(row))};
    Chat chat = converted(row, reading);
    chat.bytes = line.size();
    return chat;
  } catch (RowFault& fault) {
    return BadLine{std::move(fault.reason)};
  }
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
    if (has_value(message, "tool_calls") || has_value(message, "tool_call_id") || has_thinking(message))
      return std::nullopt;
    conversation.push_back(
        {role, message["content"].get<std::string>(), role != "assistant" || chat.trained[i]});
  }
  return conversation;
}

}  // namespace hone
