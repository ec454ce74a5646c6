#include "preprocess/thinking.hpp"

#include <algorithm>
#include <string>

#include "preprocess/message_check.hpp"

namespace hone {
namespace {

constexpr std::string_view kOpening = "<think>", kClosing = "</think>";

// An answer may begin inside its thinking, where the prompt has opened the block.
std::string without_blocks(std::string text) {
  for (std::size_t end; (end = text.find(kClosing)) != std::string::npos;) {
    const std::size_t opening = text.rfind(kOpening, end);
    const std::size_t begin = opening == std::string::npos ? 0 : opening;
    std::size_t rest = end + kClosing.size();
    while (rest < text.size() && text[rest] == '\n') ++rest;
    text.erase(begin, rest - begin);
  }
  return text;
}

}  // namespace

void strip_thinking(Chat& chat) {
  if (chat.plain) return;
  for (std::size_t i = 0; i < chat.messages.size(); ++i) {
    if (!chat.is_answer(i)) continue;
    OrderedJson& message = chat.messages[i];
    for (const char* name : kThinkingNames) message.erase(name);
    if (!has_value(message, "content")) {
      if (!has_value(message, "tool_calls")) message["content"] = "";
    } else if (message["content"].is_string()) {
      message["content"] = without_blocks(message["content"].get<std::string>());
    } else if (message["content"].is_array()) {
      for (OrderedJson& part : message["content"])
        part["text"] = without_blocks(part["text"].get<std::string>());
    }
  }
}

std::vector<bool> learnt_answers(const Chat& chat, LossPolicy loss) {
  std::vector<bool> learnt = chat.trained;
  if (loss != LossPolicy::kLast) return learnt;
  std::size_t last = chat.messages.size();
  while (last > 0 && !chat.is_answer(last - 1)) --last;
  for (std::size_t i = 0; i + 1 < last; ++i) learnt[i] = false;
  return learnt;
}

std::vector<Chat> split_by_answers(const Chat& chat, LossPolicy loss) {
  const std::vector<bool> learnt = learnt_answers(chat, loss);
  std::vector<Chat> parts;
  for (std::size_t i = 0; i < learnt.size(); ++i) {
    if (!learnt[i]) continue;
    Chat part{OrderedJson::array(), chat.tools, chat.variables, std::vector<bool>(i + 1, false),
              chat.bytes,           chat.plain};
    for (std::size_t j = 0; j <= i; ++j) part.messages.push_back(chat.messages[j]);
    part.trained[i] = true;
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace hone
