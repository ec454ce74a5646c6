#include "preprocess/formats/converted.hpp"

namespace hone {
namespace {

constexpr RowFormat kFormat = RowFormat::kPromptCompletion;

TEST(PromptCompletion, StringsArePlainText) {
  const Chat chat = chat_of(kFormat, R"({"prompt": "The sky", "completion": " is blue."})");
  EXPECT_TRUE(chat.plain);
  EXPECT_EQ(chat.messages.dump(),
            R"([{"role":"user","content":"The sky"},{"role":"assistant","content":" is blue."}])");
  EXPECT_EQ(chat.trained, (std::vector<bool>{false, true}));
}

TEST(PromptCompletion, ListsOfMessagesAreAConversationOfWhichTheCompletionIsLearnt) {
  const std::string row =
      R"({"prompt": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}, {"role": "user", "content": "r"}],)"
      R"( "completion": [{"role": "assistant", "content": "b"}]})";
  const Chat chat = chat_of(kFormat, row);
  EXPECT_FALSE(chat.plain);
  EXPECT_EQ(chat.messages.size(), 4U);
  EXPECT_EQ(chat.trained, (std::vector<bool>{false, false, false, true}));
  EXPECT_EQ(chat_of(kFormat, row, true).trained, (std::vector<bool>{false, true, false, true}));
}

TEST(PromptCompletion, EachRefusalHasItsOwnReason) {
  const std::string answer = R"([{"role": "assistant", "content": "a"}])";
  const std::vector<std::pair<std::string, std::string>> table = {
      {R"({"completion": "c"})", "'prompt' is missing"},
      {R"({"prompt": "p", "completion": null})", "'completion' is missing"},
      {R"({"prompt": "p", "completion": )" + answer + "}",
       "'prompt' is string and 'completion' array; both must be strings or lists of messages"},
      {R"({"prompt": [], "completion": )" + answer + "}", "'prompt' is empty"},
      {R"({"prompt": )" + answer + R"(, "completion": [{"role": "system", "content": "s"}]})",
       "completion[0]: a system turn may only come first"},
      {R"({"prompt": [7], "completion": )" + answer + "}", "prompt[0]: not an object"},
      {R"({"prompt": "p", "completion": "c", "tools": [{}]})", "'tools' beside plain text"}};
  for (const auto& [row, reason] : table) EXPECT_EQ(converted(kFormat, row), reason) << row;
}

}  // namespace
}  // namespace hone
