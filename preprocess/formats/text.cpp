#include <fmt/format.h>

#include "preprocess/formats/chat_builder.hpp"
#include "preprocess/formats/converters.hpp"
#include "preprocess/row_json.hpp"

namespace hone {

Chat chat_of_text(RowFields& row) {
  ChatBuilder chat;
  const std::string field = row.field("text");
  std::string text = row.text("text");
  if (text.empty()) throw RowFault{fmt::format("'{}' is empty", field)};
  chat.add_text("assistant", std::move(text), field);
  return chat.finish_plain();
}

}  // namespace hone
