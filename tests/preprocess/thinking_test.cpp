#include "preprocess/thinking.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

Chat chat() {
  Chat result;
  result.messages = OrderedJson::parse(R"([
    {"role": "user", "content": "<think>q</think>"},
    {"role": "assistant", "content": "<think>\nr\n</think>\n\na"},
    {"role": "user", "content": "p"},
    {"role": "assistant", "content": "b", "reasoning_content": "s", "thinking": "s"}])");
  result.trained = {false, true, false, true};
  return result;
}

TEST(Thinking, IsTakenOutOfAnswersAlone) {
  Chat stripped = chat();
  strip_thinking(stripped);
  EXPECT_EQ(stripped.messages, OrderedJson::parse(R"([
    {"role": "user", "content": "<think>q</think>"}, {"role": "assistant", "content": "a"},
    {"role": "user", "content": "p"}, {"role": "assistant", "content": "b"}])"));
}

TEST(Thinking, AnAnswerThatBeginsInsideItsThinkingLosesItToo) {
  Chat stripped = chat();
  stripped.messages[1]["content"] = "r\n</think>\n\na <think>x</think>b";
  strip_thinking(stripped);
  EXPECT_EQ(stripped.messages[1]["content"], "a b");
}

TEST(Thinking, InPlainTextIsLettersLikeOthers) {
  Chat plain = chat();
  plain.plain = true;
  strip_thinking(plain);
  EXPECT_EQ(plain.messages, chat().messages);
}

TEST(Thinking, AnAnswerOfThinkingAloneBecomesEmptyAndOneOfCallsAloneStaysSo) {
  const std::string calls = R"("tool_calls": [{"function": {"name": "f"}}]})";
  for (const std::string content : {R"("content": null, )", ""}) {
    Chat stripped;
    stripped.messages =
        OrderedJson::parse(R"([{"role": "assistant", )" + content + R"("reasoning": "r"}, )" +
                           R"({"role": "assistant", )" + content + R"("thinking": "r", )" + calls + "]");
    strip_thinking(stripped);
    EXPECT_EQ(stripped.messages[0], OrderedJson::parse(R"({"role": "assistant", "content": ""})")) << content;
    EXPECT_EQ(stripped.messages[1], OrderedJson::parse(R"({"role": "assistant", )" + content + calls))
        << content;
  }
}

TEST(Thinking, SplittingMakesARowForEachAnswerThatIsLearnt) {
  const auto parts = split_by_answers(chat(), LossPolicy::kAssistant);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].messages.size(), 2U);
  EXPECT_EQ(parts[0].trained, (std::vector<bool>{false, true}));
  EXPECT_EQ(parts[1].messages, chat().messages);
  EXPECT_EQ(parts[1].trained, (std::vector<bool>{false, false, false, true}));
  EXPECT_EQ(split_by_answers(chat(), LossPolicy::kLast).size(), 1U);
}

}  // namespace
}  // namespace hone
