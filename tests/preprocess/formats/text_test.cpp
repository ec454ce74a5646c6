#include "preprocess/formats/converted.hpp"

namespace hone {
namespace {

TEST(Text, IsPlainAndAllOfItIsLearnt) {
  const Chat chat = chat_of(RowFormat::kText, R"({"text": "Once upon", "tools": 7})");
  EXPECT_TRUE(chat.plain);
  EXPECT_EQ(chat.messages.dump(), R"([{"role":"assistant","content":"Once upon"}])");
  EXPECT_EQ(chat.trained, std::vector<bool>{true});
}

TEST(Text, EachRefusalHasItsOwnReason) {
  EXPECT_EQ(converted(RowFormat::kText, R"({"txt": "x"})"), "'text' is missing");
  EXPECT_EQ(converted(RowFormat::kText, R"({"text": ""})"), "'text' is empty");
  EXPECT_EQ(converted(RowFormat::kText, R"({"text": 1})"), "'text' is number, not a string");
  EXPECT_EQ(converted(RowFormat::kText, R"({"content": "x"})", Columns({"text=content"})),
            R"([{"role":"assistant","content":"x"}])");
}

}  // namespace
}  // namespace hone
