#pragma once

#include <string>

#include "preprocess/conversation.hpp"
#include "preprocess/formats/row_fields.hpp"

namespace hone {

/// Puts a chat together from messages of whatever format.
class ChatBuilder {
 public:
  /// A message as rows of messages have it. Throws RowFault, naming `place`, for one that can't be there.
  void add(OrderedJson message, const std::string& place, bool learnt = true);
  void add_text(const char* role, std::string text, const std::string& place, bool learnt = true);
  /// All of a list of messages, each with its place in `field`.
  void add_all(OrderedJson& messages, const std::string& field, bool learnt = true);

  bool empty() const { return chat_.messages.empty(); }
  /// The chat with the row's `tools` and `chat_template_kwargs`. Throws RowFault where nothing is to be
  /// learnt from it, and for tools or variables that are none.
  Chat finish(RowFields& row);
  /// The chat as plain text.
  Chat finish_plain();

 private:
  Chat chat_;
  bool answered_ = false;
};

}  // namespace hone
