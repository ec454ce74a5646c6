#pragma once

#include <memory>
#include <string_view>

#include "preprocess/conversation.hpp"

namespace hone {

/// A fast way to what parse_chat() and plain_conversation() make of most lines: messages that hold a role and
/// a content of text, and no more. One for each thread.
class PlainReader {
 public:
  PlainReader();
  ~PlainReader();
  PlainReader(const PlainReader&) = delete;
  PlainReader& operator=(const PlainReader&) = delete;

  /// The conversation of a line, valid until the next call. Null where this way isn't sure, which says
  /// nothing of the line: parse_chat() has to look.
  const Conversation* read(std::string_view line);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  Conversation conversation_;  // its strings keep their room from line to line
};

}  // namespace hone
