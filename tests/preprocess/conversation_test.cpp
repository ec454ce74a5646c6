#include "preprocess/conversation.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

std::string refusal(const std::string& line) {
  const auto parsed = parse_conversation(line);
  const auto* bad = std::get_if<BadLine>(&parsed);
  return bad == nullptr ? "" : bad->reason;
}

// Messages as (role, content) pairs, content in JSON.
std::string line_of(const std::vector<std::pair<std::string, std::string>>& turns) {
  std::string text = R"({"messages": [)";
  for (std::size_t i = 0; i < turns.size(); ++i) {
    text += (i > 0 ? ", " : "") + (R"({"role": ")" + turns[i].first) + R"(", "content": )" + turns[i].second +
            "}";
  }
  return text + "]}";
}

TEST(Conversation, SequencesOfRolesThatAreAccepted) {
  EXPECT_EQ(refusal(line_of({{"user", "\"q\""}, {"assistant", "\"a\""}})), "");
  EXPECT_EQ(refusal(line_of({{"system", "\"s\""}, {"user", "\"q\""}, {"assistant", "\"a\""}})), "");
  EXPECT_EQ(refusal(line_of({{"user", "\"q\""}, {"user", "\"r\""}, {"assistant", "\"a\""}})), "");
  EXPECT_EQ(refusal(line_of({{"user", "\"q\""}, {"assistant", "\"a\""}, {"user", "\"r\""}})), "");
  EXPECT_EQ(refusal(line_of({{"assistant", "\"a\""}})), "");
  EXPECT_EQ(refusal(line_of({{"user", "\"q\""}, {"assistant", "\"\""}})), "");
}

TEST(Conversation, EachRefusalHasItsOwnReason) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {line_of({{"user", "\"q\""}, {"system", "\"s\""}, {"assistant", "\"a\""}}),
       "messages[1]: a system turn may only come first"},
      {line_of({{"user", "\"q\""}}), "no assistant turn, so nothing to learn"},
      {line_of({{"human", "\"q\""}}), "messages[0]: unknown role 'human'; did you mean 'user'?"},
      {line_of({{"bing", "\"q\""}}), "messages[0]: unknown role 'bing'; did you mean 'assistant'?"},
      {line_of({{"user", "null"}}), "messages[0]: 'content' is null"},
      {line_of({{"user", "7"}}), "messages[0]: 'content' is number, not a string"},
      {line_of({{"user", "[]"}}), "messages[0]: 'content' is array, not a string"},
      {line_of({}), "'messages' is empty"},
      {R"({"text": "x"})", "'messages' is missing"},
      {R"({"messages": [{"content": "x"}]})", "messages[0]: 'role' is missing or not a string"},
      {"null", "null, not an object"},
      {"17", "number, not an object"}};
  for (const auto& [line, reason] : table) EXPECT_EQ(refusal(line), reason) << line;
}

TEST(Conversation, WhatWouldChangeTheRenderingIsRefusedNotPassedOver) {
  EXPECT_NE(refusal(R"({"messages": [{"role": "assistant", "content": "a", "tool_calls": []}]})"), "");
  EXPECT_NE(refusal(R"({"tools": [], "messages": [{"role": "assistant", "content": "a"}]})"), "");
}

TEST(Conversation, BytesThatAreNotUtf8AreNamedAndNotRepeated) {
  const std::string reason = refusal(line_of({{"user", "\"a\xC0z\""}, {"assistant", "\"a\""}}));
  EXPECT_NE(reason.find("ill-formed UTF-8"), std::string::npos) << reason;
  EXPECT_EQ(reason.find('\xC0'), std::string::npos) << reason;
}

TEST(Conversation, ALoneSurrogateIsRefusedAndAPairIsACharacter) {
  EXPECT_NE(refusal(line_of({{"user", R"("\ud83d")"}, {"assistant", "\"a\""}})), "");
  const auto parsed = parse_conversation(line_of({{"assistant", R"("\ud83d\ude00")"}}));
  ASSERT_TRUE(std::holds_alternative<Conversation>(parsed));
  EXPECT_EQ(std::get<Conversation>(parsed).front().content, "\xF0\x9F\x98\x80");
}

}  // namespace
}  // namespace hone
