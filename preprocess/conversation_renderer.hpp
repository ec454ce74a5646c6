#pragma once

#include <cstddef>
#include <vector>

#include "preprocess/chat_template.hpp"
#include "preprocess/conversation.hpp"

namespace hone {

/// Renders beginnings of a conversation by running a template. What it writes from message i of the chat is
/// marked as data of source i, but for the role, which templates build markers from. As in transformers, keys
/// of a message that are null are left out and thinking goes under the names that templates read.
class ConversationRenderer {
 public:
  /// `chat_template` has a program and must outlive it.
  explicit ConversationRenderer(const ChatTemplate& chat_template);

  /// What is rendered from now on.
  void open(const Chat& chat);

  enum class Ending {
    kAsGiven,
    kPrompt,                 // what inference sends before an answer
    kPromptWithoutThinking,  // the same where thinking is switched off
  };
  /// The first `messages` of the chat's. Throws jinja::TemplateError.
  jinja::Rendered render(std::size_t messages, Ending ending) const;
  /// The same as given, but with "x" as the content of message `probed`.
  jinja::Rendered render_with_probe(std::size_t messages, std::size_t probed) const;

  /// Of the open chat.
  std::size_t messages() const { return chat_->messages.size(); }
  bool has_generation_blocks() const;

 private:
  const jinja::Template& used_template() const;
  jinja::Rendered run(std::vector<jinja::Value> messages, Ending ending) const;

  const ChatTemplate& template_;
  const Chat* chat_ = nullptr;
  std::vector<jinja::Value> messages_;  // of the chat, a given system turn in front where it has none
  std::size_t in_front_ = 0;            // messages that are not the chat's
  std::vector<std::pair<std::string, jinja::Value>> variables_;
  jinja::Limits limits_;
};

}  // namespace hone
