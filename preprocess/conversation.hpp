#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "preprocess/formats/row_format.hpp"

namespace hone {

struct Turn {
  std::string role;  // system, user, assistant
  std::string content;
  bool trained = true;  // an answer's; false where the line says so
};
/// What the built-in templates render: text by turns.
using Conversation = std::vector<Turn>;

/// What a line holds.
struct Chat {
  OrderedJson messages;       // objects as the line has them
  OrderedJson tools;          // a list, or null
  OrderedJson variables;      // of the template, from `chat_template_kwargs`: an object, or null
  std::vector<bool> trained;  // by message: an answer that is to be learnt, unless --loss says otherwise
  std::size_t bytes = 0;      // of the line
  // Rendered by no template: the texts of its messages one after the other, and an end token.
  bool plain = false;

  bool is_answer(std::size_t message) const { return messages[message]["role"] == "assistant"; }
};

/// Why a line holds no conversation that Hone trains on.
struct BadLine {
  std::string reason;
};

/// How rows are read.
struct RowReading {
  RowFormat format = RowFormat::kMessages;
  Columns columns = {};
  bool learn_prompts = false;  // answers in the prompt of a row that has prompt and completion are learnt
};

/// Reads a row of a format; fields that the format doesn't have are ignored. A system turn may only come
/// first; at least one assistant turn is needed. `weight` (0 or 1) or `train` (a boolean) of an assistant
/// turn says whether it is learnt.
std::variant<Chat, BadLine> parse_chat(std::string_view line, const RowReading& reading = {});

/// The turns of a chat that is text and nothing else: no tools, tool calls, thinking beside the content or
/// parts. Not for a plain one.
std::optional<Conversation> plain_conversation(const Chat& chat);

}  // namespace hone
