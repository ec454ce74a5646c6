#include "preprocess/conversation_renderer.hpp"

#include <algorithm>

#include "preprocess/jinja/json.hpp"
#include "preprocess/message_check.hpp"

namespace hone {
namespace {

using jinja::Text;
using jinja::Value;

Value message_value(const OrderedJson& message, int source) {
  std::vector<std::pair<Value, Value>> items;
  const auto find = [&](const char* name) {
    return std::find_if(items.begin(), items.end(),
                        [&](const auto& item) { return item.first.as_text()->bytes() == name; });
  };
  Value reasoning = jinja::None{};
  for (const char* name : kThinkingNames) {
    if (has_value(message, name) && reasoning.is<jinja::None>())
      reasoning = jinja::from_json(message[name], source);
  }
  if (!reasoning.is<jinja::None>() && !has_value(message, "thinking"))
    items.emplace_back(Value::text("thinking"), reasoning);
  for (const auto& [key, json] : message.items()) {
    if (json.is_null()) continue;
    items.emplace_back(Value::text(key),
                       key == "role" ? Value::text(json.get<std::string>()) : jinja::from_json(json, source));
  }
  if (!reasoning.is<jinja::None>()) {
    if (const auto known = find("reasoning_content"); known != items.end()) {
      known->second = reasoning;
    } else {
      items.emplace_back(Value::text("reasoning_content"), reasoning);
    }
  }
  return Value::dict(std::move(items));
}

}  // namespace

ConversationRenderer::ConversationRenderer(const ChatTemplate& chat_template) : template_(chat_template) {}

void ConversationRenderer::open(const Chat& chat) {
  chat_ = &chat;
  messages_.clear();
  const auto& system = template_.default_system;
  in_front_ = system && !chat.messages.empty() && chat.messages[0]["role"] != "system" ? 1 : 0;
  if (in_front_ > 0)
    messages_.push_back(message_value({{"role", "system"}, {"content", *system}}, Text::kOtherData));
  for (std::size_t i = 0; i < chat.messages.size(); ++i)
    messages_.push_back(message_value(chat.messages[i], static_cast<int>(i)));

  variables_.clear();
  const auto set = [&](const std::string& name, Value value) {
    for (auto& [known, old] : variables_) {
      if (known == name) return void(old = std::move(value));
    }
    variables_.emplace_back(name, std::move(value));
  };
  for (const auto& [name, token] : template_.program->special_tokens) set(name, token);
  for (const auto& [name, json] : chat.variables.items()) set(name, jinja::from_json(json, Text::kOtherData));
  set("tools", jinja::from_json(chat.tools, Text::kOtherData));
  set("documents", jinja::None{});

  // A long conversation may take as much more as it is longer.
  limits_ = {};
  limits_.steps += chat.bytes;
  limits_.text_bytes = std::max(limits_.text_bytes, 4 * chat.bytes);
}

const jinja::Template& ConversationRenderer::used_template() const {
  const bool tools = chat_ != nullptr && !chat_->tools.is_null();
  const auto& with_tools = template_.program->with_tools;
  return tools && with_tools ? *with_tools : template_.program->main;
}

bool ConversationRenderer::has_generation_blocks() const { return used_template().has_generation_blocks(); }

jinja::Rendered ConversationRenderer::run(std::vector<Value> messages, Ending ending) const {
  auto variables = variables_;
  variables.emplace_back("messages", Value::list(std::move(messages)));
  variables.emplace_back("add_generation_prompt", ending != Ending::kAsGiven);
  if (ending == Ending::kPromptWithoutThinking) {
    variables.emplace_back("enable_thinking", false);
    variables.emplace_back("thinking", false);
  }
  return used_template().render(variables, limits_, template_.program->now);
}

jinja::Rendered ConversationRenderer::render(std::size_t messages, Ending ending) const {
  const auto end = messages_.begin() + static_cast<std::ptrdiff_t>(in_front_ + messages);
  return run({messages_.begin(), end}, ending);
}

jinja::Rendered ConversationRenderer::render_with_probe(std::size_t messages, std::size_t probed) const {
  OrderedJson probe = chat_->messages[probed];
  probe["content"] = "x";
  std::vector<Value> rendered(messages_.begin(),
                              messages_.begin() + static_cast<std::ptrdiff_t>(in_front_ + messages));
  rendered[in_front_ + probed] = message_value(probe, static_cast<int>(probed));
  return run(std::move(rendered), Ending::kAsGiven);
}

}  // namespace hone
