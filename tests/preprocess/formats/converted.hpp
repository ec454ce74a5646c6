#pragma once

#include <gtest/gtest.h>

#include <string>

#include "preprocess/conversation.hpp"

namespace hone {

/// The messages that a row of a format becomes, as JSON; why not, where it is a bad line.
inline std::string converted(RowFormat format, const std::string& row, const Columns& columns = {}) {
  const auto parsed = parse_chat(row, {format, columns});
  const auto* chat = std::get_if<Chat>(&parsed);
  return chat != nullptr ? chat->messages.dump() : std::get<BadLine>(parsed).reason;
}

/// The chat that a good row becomes.
inline Chat chat_of(RowFormat format, const std::string& row, bool learn_prompts = false) {
  auto parsed = parse_chat(row, {format, {}, learn_prompts});
  EXPECT_TRUE(std::holds_alternative<Chat>(parsed)) << std::get<BadLine>(parsed).reason;
  return std::get<Chat>(std::move(parsed));
}

}  // namespace hone
