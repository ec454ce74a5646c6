#include <fmt/format.h>

#include "preprocess/formats/chat_builder.hpp"
#include "preprocess/formats/converters.hpp"
#include "preprocess/row_json.hpp"

namespace hone {

Chat chat_of_prompt_completion(RowFields& row, bool learn_prompts) {
  const std::string prompt_field = row.field("prompt"), completion_field = row.field("completion");
  OrderedJson &prompt = row.at("prompt"), &completion = row.at("completion");
  ChatBuilder chat;
  if (prompt.is_string() && completion.is_string()) {
    chat.add_text("user", take_string(prompt, prompt_field), prompt_field);
    chat.add_text("assistant", take_string(completion, completion_field), completion_field);
    if (row.find("tools") != nullptr)
      throw RowFault{fmt::format("'{}' beside plain text", row.field("tools"))};
    return chat.finish_plain();
  }
  if (!prompt.is_array() || !completion.is_array()) {
    throw RowFault{fmt::format("'{}' is {} and '{}' {}; both must be strings or lists of messages",
                               prompt_field, kind_of(prompt), completion_field, kind_of(completion))};
  }
  chat.add_all(row.list("prompt"), prompt_field, learn_prompts);
  chat.add_all(row.list("completion"), completion_field);
  return chat.finish(row);
}

}  // namespace hone
