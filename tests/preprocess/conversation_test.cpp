#include "preprocess/conversation.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

std::string refusal(const std::string& line) {
  const auto parsed = parse_chat(line);
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

Chat chat_of(const std::string& line) {
  auto parsed = parse_chat(line);
  EXPECT_TRUE(std::holds_alternative<Chat>(parsed)) << refusal(line);
  return std::get<Chat>(std::move(parsed));
}

std::string with_answer(const std::string& message) {
  return R"({"messages": [{"role": "user", "content": "q"}, )" + message + "]}";
}

TEST(Conversation, ToolsCallsThinkingAndPartsAreKeptForTheTemplate) {
  const std::string answer = R"({"role": "assistant", "content": "a"})";
  const std::vector<std::string> lines = {
      with_answer(
          R"({"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]})"),
      with_answer(R"({"role": "assistant", "content": "a", "reasoning_content": "r"})"),
      with_answer(R"({"role": "tool", "content": {"x": 1}}, )" + answer),
      with_answer(R"({"role": "assistant", "content": [{"type": "text", "text": "a"}]})"),
      R"({"tools": "[{}]", "messages": [)" + answer + "]}",
      R"({"chat_template_kwargs": {"enable_thinking": false}, "messages": [)" + answer + "]}"};
  for (const std::string& line : lines) EXPECT_FALSE(plain_conversation(chat_of(line))) << line;
  EXPECT_EQ(chat_of(lines[4]).tools, OrderedJson::array({OrderedJson::object()}));
  EXPECT_TRUE(plain_conversation(
      chat_of(with_answer(R"({"role": "assistant", "content": "a", "tool_calls": null, "id": 7})"))));
}

TEST(Conversation, AnAnswerOfThinkingAloneNeedsNoContentUnderAnyNameOfIt) {
  for (const std::string name : {"reasoning_content", "reasoning", "thinking"}) {
    EXPECT_EQ(refusal(with_answer(R"({"role": "assistant", "content": null, ")" + name + R"(": "r"})")), "")
        << name;
    EXPECT_EQ(refusal(with_answer(R"({"role": "assistant", ")" + name + R"(": "r"})")), "") << name;
    EXPECT_EQ(refusal(with_answer(R"({"role": "assistant", ")" + name + R"(": null})")),
              "messages[1]: 'content' is missing")
        << name;
  }
}

TEST(Conversation, AnIntegerBeyond64BitsIsANumberToItsChecks) {
  EXPECT_EQ(refusal(line_of({{"user", "123456789012345678901234567890"}})),
            "messages[0]: 'content' is number, not a string");
  EXPECT_EQ(refusal(with_answer(R"({"role": "assistant", "content": "a", "weight": 99999999999999999999})")),
            "messages[1]: 'weight' is a number beyond 64 bits; 0 (not learnt) and 1 are supported");
  EXPECT_EQ(refusal(R"({"id": 99999999999999999999, "messages": [{"role": "assistant", "content": "a"}]})"),
            "");
}

TEST(Conversation, WhatTheyHoldWronglyIsNamed) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {R"({"role": "assistant", "content": "a", "tool_calls": "f"})", "'tool_calls' is not a list"},
      {R"({"role": "assistant", "content": "a", "tool_calls": [{}]})",
       "a call in 'tool_calls' has no function with a 'name'"},
      {R"({"role": "user", "content": "a", "tool_calls": [{"name": "f"}]})",
       "only an assistant turn may have 'tool_calls'"},
      {R"({"role": "assistant", "content": "a", "reasoning_content": 1})",
       "'reasoning_content' is not a string"},
      {R"({"role": "assistant", "content": [{"type": "image"}]})",
       "a part of 'content' is not of type 'text'"},
      {R"({"role": "assistant", "content": [{"type": "text"}]})", "a part of 'content' has no 'text'"},
      {R"({"role": "assistant", "content": "a", "weight": 0.5})",
       "'weight' is 0.5; 0 (not learnt) and 1 are supported"},
      {R"({"role": "assistant", "content": "a", "train": 1})", "'train' is neither true nor false"},
      {R"({"role": "assistant", "content": "a", "train": true, "weight": 0})",
       "'weight' and 'train' contradict each other"},
      {R"({"role": "user", "content": "a", "train": true})", "only an assistant turn can be learnt"}};
  for (const auto& [message, reason] : table)
    EXPECT_EQ(refusal(with_answer(message)), "messages[1]: " + reason) << message;
  EXPECT_EQ(refusal(R"({"tools": {}, "messages": [{"role": "assistant", "content": "a"}]})"),
            "'tools' is not a list");
  EXPECT_EQ(
      refusal(R"({"tools": "[", "messages": [{"role": "assistant", "content": "a"}]})"),
      "'tools' is a string: not valid JSON at byte 2: syntax error while parsing value - unexpected end of "
      "input; expected '[', '{', or a literal");
}

TEST(Conversation, WhatNestsTooDeeplyIsRefusedWithoutRunningOutOfStack) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(refusal(R"({"x": )" + deep + R"(, "messages": [{"role": "assistant", "content": "a"}]})"),
            "nested more than 150 deep");
  EXPECT_EQ(refusal(R"({"tools": ")" + deep + R"(", "messages": [{"role": "assistant", "content": "a"}]})"),
            "'tools' is a string: nested more than 150 deep");
  EXPECT_EQ(refusal(R"({"messages": [{"role": "assistant", "content": ")" + deep + R"("}]})"), "");
}

TEST(Conversation, EachAnswerMaySayWhetherItIsLearnt) {
  const auto learnt = [](const std::string& extra) {
    return chat_of(with_answer(R"({"role": "assistant", "content": "a")" + extra + "}")).trained;
  };
  EXPECT_EQ(learnt(""), (std::vector<bool>{false, true}));
  EXPECT_EQ(learnt(R"(, "weight": 0)"), (std::vector<bool>{false, false}));
  EXPECT_EQ(learnt(R"(, "weight": 1.0)"), (std::vector<bool>{false, true}));
  EXPECT_EQ(learnt(R"(, "train": false)"), (std::vector<bool>{false, false}));
  EXPECT_EQ(learnt(R"(, "train": null)"), (std::vector<bool>{false, true}));
}

TEST(Conversation, BytesThatAreNotUtf8AreNamedAndNotRepeated) {
  const std::string reason = refusal(line_of({{"user", "\"a\xC0z\""}, {"assistant", "\"a\""}}));
  EXPECT_NE(reason.find("ill-formed UTF-8"), std::string::npos) << reason;
  EXPECT_EQ(reason.find('\xC0'), std::string::npos) << reason;
}

TEST(Conversation, ALoneSurrogateIsRefusedAndAPairIsACharacter) {
  EXPECT_NE(refusal(line_of({{"user", R"("\ud83d")"}, {"assistant", "\"a\""}})), "");
  const auto plain = plain_conversation(chat_of(line_of({{"assistant", R"("\ud83d\ude00")"}})));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->front().content, "\xF0\x9F\x98\x80");
}

}  // namespace
}  // namespace hone
