#include "preprocess/formats/converted.hpp"

namespace hone {
namespace {

constexpr RowFormat kFormat = RowFormat::kShareGpt;

TEST(ShareGpt, SpeakersBecomeRoles) {
  EXPECT_EQ(
      converted(kFormat,
                R"({"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]})"),
      R"([{"role":"user","content":"q"},{"role":"assistant","content":"a"}])");
  const std::vector<std::pair<std::string, std::string>> roles = {
      {"user", "user"},          {"assistant", "assistant"},
      {"chatgpt", "assistant"},  {"bing", "assistant"},
      {"bard", "assistant"},     {"bot", "assistant"},
      {"model", "assistant"},    {"tool", "tool"},
      {"observation", "tool"},   {"function_response", "tool"},
      {"developer", "developer"}};
  for (const auto& [from, role] : roles) {
    EXPECT_EQ(converted(kFormat, R"({"conversations": [{"from": ")" + from +
                                     R"(", "value": "x"}, {"from": "gpt", "value": "a"}]})"),
              R"([{"role":")" + role + R"(","content":"x"},{"role":"assistant","content":"a"}])");
  }
}

TEST(ShareGpt, TheSystemTextStandsInFrontUnlessItIsEmpty) {
  const std::string turns = R"("conversations": [{"from": "gpt", "value": "a"}]})";
  EXPECT_EQ(converted(kFormat, R"({"system": "s", )" + turns),
            R"([{"role":"system","content":"s"},{"role":"assistant","content":"a"}])");
  EXPECT_EQ(converted(kFormat, R"({"system": "", )" + turns), R"([{"role":"assistant","content":"a"}])");
  EXPECT_EQ(converted(kFormat, R"({"system": null, )" + turns), R"([{"role":"assistant","content":"a"}])");
  EXPECT_EQ(converted(kFormat, R"({"system": "s", "conversations": [{"from": "system", "value": "t"}]})"),
            "conversations[0]: a system turn may only come first");
}

TEST(ShareGpt, AFunctionCallIsAnAnswerThatCalls) {
  const std::string call = R"("{\"name\": \"f\", \"arguments\": {\"x\": 1}}")";
  EXPECT_EQ(
      converted(kFormat, R"({"conversations": [{"from": "function_call", "value": )" + call + "}]}"),
      R"([{"role":"assistant","content":"","tool_calls":[{"type":"function","function":{"name":"f","arguments":{"x":1}}}]}])");
  const auto two = chat_of(
      kFormat,
      R"({"conversations": [{"from": "function_call", "value": "[{\"name\": \"f\", \"arguments\": \"{}\"}, {\"name\": \"g\", \"arguments\": {}}]"}]})");
  EXPECT_EQ(two.messages[0]["tool_calls"].size(), 2U);
  EXPECT_EQ(two.trained, std::vector<bool>{true});
}

TEST(ShareGpt, TurnsOfMessagesAreTakenAndOtherKeysKept) {
  EXPECT_EQ(
      converted(
          kFormat,
          R"({"conversations": [{"role": "user", "content": "q"}, {"from": "gpt", "value": "a", "weight": 0}]})"),
      R"([{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0}])");
  EXPECT_EQ(
      chat_of(
          kFormat,
          R"({"conversations": [{"from": "gpt", "value": "a", "weight": 0}, {"from": "gpt", "value": "b"}]})")
          .trained,
      (std::vector<bool>{false, true}));
}

TEST(ShareGpt, EachRefusalHasItsOwnReason) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {R"({"messages": []})", "'conversations' is missing"},
      {R"({"conversations": "x"})", "'conversations' is not a list"},
      {R"({"conversations": []})", "'conversations' is empty"},
      {R"({"conversations": ["x"]})", "conversations[0]: not an object"},
      {R"({"conversations": [{"value": "x"}]})", "conversations[0]: 'from' is missing or not a string"},
      {R"({"conversations": [{"from": "gpt", "role": "user", "value": "x"}]})",
       "conversations[0]: both 'from' and 'role'"},
      {R"({"conversations": [{"from": "gpt", "value": 7}]})",
       "conversations[0]: 'content' is number, not a string"},
      {R"({"conversations": [{"from": "gpt"}]})", "conversations[0]: 'content' is missing"},
      {R"({"conversations": [{"from": "human", "value": "q"}]})", "no assistant turn, so nothing to learn"},
      {R"({"conversations": [{"from": "function_call", "value": "{\"name\": \"f\"}"}]})",
       "conversations[0]: a function_call without 'name' and 'arguments'"},
      {R"({"conversations": [{"from": "function_call", "value": "[]"}]})",
       "conversations[0]: a function_call that calls nothing"},
      {R"({"conversations": [{"from": "function_call", "value": "{}", "tool_calls": []}]})",
       "conversations[0]: a function_call without 'name' and 'arguments'"},
      {R"({"system": 1, "conversations": [{"from": "gpt", "value": "a"}]})",
       "'system' is number, not a string"}};
  for (const auto& [row, reason] : table) EXPECT_EQ(converted(kFormat, row), reason) << row;
  EXPECT_TRUE(converted(kFormat, R"({"conversations": [{"from": "alien", "value": "x"}]})")
                  .starts_with("conversations[0]: unknown speaker 'alien'; known: human, gpt, "));
  EXPECT_TRUE(converted(kFormat, R"({"conversations": [{"from": "function_call", "value": "call f"}]})")
                  .starts_with("conversations[0]: a function_call that is not valid JSON at byte 1"));
}

TEST(ShareGpt, ToolsMayBeABlankString) {
  const std::string turns = R"("conversations": [{"from": "gpt", "value": "a"}]})";
  EXPECT_TRUE(chat_of(kFormat, R"({"tools": "", )" + turns).tools.is_null());
  EXPECT_EQ(chat_of(kFormat, R"({"tools": "[{\"name\": \"f\"}]", )" + turns).tools.dump(),
            R"([{"name":"f"}])");
}

}  // namespace
}  // namespace hone
