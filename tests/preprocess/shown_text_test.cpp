#include "preprocess/shown_text.hpp"

#include <gtest/gtest.h>

#include "preprocess/conversation.hpp"

namespace hone {
namespace {

std::string reason_for(const std::string& line, RowFormat format) {
  const auto parsed = parse_chat(line, {format, {}, false});
  const auto* const bad = std::get_if<BadLine>(&parsed);
  return bad == nullptr ? "" : bad->reason;
}

TEST(ShownText, IsHarmlessAndOnOneLine) {
  EXPECT_EQ(shown_text("a\x1b[2J\nwarning: all is well"), "a\\x1b[2J\\nwarning: all is well");
  EXPECT_EQ(shown_text("h\u00E9"), "h\u00E9");
}

TEST(ShownText, IsCutBetweenCharacters) {
  EXPECT_EQ(shown_text("abc", 3), "abc");
  EXPECT_EQ(shown_text("abcd", 3), "abc...");
  EXPECT_EQ(shown_text("ab\u4F60x", 4), "ab...");
  EXPECT_EQ(shown_text("ab\u4F60x", 5), "ab\u4F60...");
}

TEST(ShownText, IsWhatReasonsQuoteOfARow) {
  const std::string escape = R"(\u001b[2J\nx)", spoilt = R"(\x1b[2J\nx)", tail(5000, 'y');
  const std::string answer = R"(, {"role": "assistant", "content": "a"}]})";
  const std::string role = reason_for(
      R"({"messages": [{"role": ")" + escape + tail + R"(", "content": "q"})" + answer, RowFormat::kMessages);
  const std::string speaker = reason_for(
      R"({"conversations": [{"from": ")" + escape + tail + R"(", "value": "q"}]})", RowFormat::kShareGpt);
  const std::string key =
      reason_for(R"({")" + escape + tail + R"(": 1, ")" + escape + tail + R"(": 2})", RowFormat::kMessages);
  const std::string weight = reason_for(
      R"({"messages": [{"role": "user", "content": "q", "weight": ")" + escape + tail + R"("})" + answer,
      RowFormat::kMessages);
  const std::string call = reason_for(R"({"conversations": [{"from": "function_call", "value": )"
                                      R"("{\"name\": \"f\", \"arguments\": 1}", "tool_calls": 1}]})",
                                      RowFormat::kShareGpt);
  for (const std::string& reason : {role, speaker, key})
    EXPECT_NE(reason.find(spoilt), std::string::npos) << reason;
  for (const std::string& reason : {role, speaker, key, weight}) {
    EXPECT_NE(reason, "");
    EXPECT_LT(reason.size(), 300U);
    EXPECT_EQ(reason.find_first_of("\x1b\n"), std::string::npos);
  }
  EXPECT_NE(call.find("both a function_call and 'tool_calls'"), std::string::npos) << call;
}

}  // namespace
}  // namespace hone
