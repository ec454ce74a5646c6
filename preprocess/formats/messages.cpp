#include "preprocess/formats/chat_builder.hpp"
#include "preprocess/formats/converters.hpp"

namespace hone {

Chat chat_of_messages(RowFields& row) {
  ChatBuilder chat;
  chat.add_all(row.list("messages"), row.field("messages"));
  return chat.finish(row);
}

}  // namespace hone
