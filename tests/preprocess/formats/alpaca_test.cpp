#include "preprocess/formats/converted.hpp"

namespace hone {
namespace {

constexpr RowFormat kFormat = RowFormat::kAlpaca;

TEST(Alpaca, InstructionAndInputAreOneQuestion) {
  const std::string with_input = R"([{"role":"user","content":"i\nx"},{"role":"assistant","content":"o"}])",
                    without = R"([{"role":"user","content":"i"},{"role":"assistant","content":"o"}])";
  EXPECT_EQ(converted(kFormat, R"({"instruction": "i", "input": "x", "output": "o"})"), with_input);
  EXPECT_EQ(converted(kFormat, R"({"instruction": "i", "input": "", "output": "o"})"), without);
  EXPECT_EQ(converted(kFormat, R"({"instruction": "i", "input": null, "output": "o"})"), without);
  EXPECT_EQ(converted(kFormat, R"({"output": "o", "instruction": "i"})"), without);
  EXPECT_EQ(converted(kFormat, R"({"instruction": "", "input": "i", "output": "o"})"), without);
}

TEST(Alpaca, HistoryComesBeforeAndTheSystemTextInFront) {
  EXPECT_EQ(
      converted(kFormat,
                R"({"system": "s", "history": [["a", "b"], ["c", "d"]], "instruction": "i", "output": "o"})"),
      R"([{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},)"
      R"({"role":"user","content":"c"},{"role":"assistant","content":"d"},)"
      R"({"role":"user","content":"i"},{"role":"assistant","content":"o"}])");
  EXPECT_EQ(chat_of(kFormat, R"({"history": [["a", "b"]], "instruction": "i", "output": "o"})").trained,
            (std::vector<bool>{false, true, false, true}));
  EXPECT_EQ(
      chat_of(kFormat, R"({"system": "", "history": [], "instruction": "i", "output": "o"})").messages.size(),
      2U);
}

TEST(Alpaca, EachRefusalHasItsOwnReason) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {R"({"output": "o"})", "'instruction' is missing"},
      {R"({"instruction": "i"})", "'output' is missing"},
      {R"({"instruction": "i", "output": null})", "'output' is missing"},
      {R"({"instruction": "i", "output": ["o"]})", "'output' is array, not a string"},
      {R"({"instruction": 1, "output": "o"})", "'instruction' is number, not a string"},
      {R"({"instruction": "", "input": "", "output": "o"})", "'instruction' and 'input' are empty"},
      {R"({"instruction": "i", "output": "o", "history": "h"})", "'history' is not a list"},
      {R"({"instruction": "i", "output": "o", "history": [["a"]]})",
       "history[0]: not a question and an answer"},
      {R"({"instruction": "i", "output": "o", "history": [["a", "b"], ["c", 1]]})",
       "history[1]: not a question and an answer"}};
  for (const auto& [row, reason] : table) EXPECT_EQ(converted(kFormat, row), reason) << row;
}

TEST(Alpaca, FieldsMayHaveOtherNames) {
  const Columns columns({"instruction=question", "output=the answer"});
  EXPECT_EQ(converted(kFormat, R"({"question": "i", "the answer": "o", "instruction": "unread"})", columns),
            R"([{"role":"user","content":"i"},{"role":"assistant","content":"o"}])");
  EXPECT_EQ(converted(kFormat, R"({"instruction": "i", "output": "o"})", columns), "'question' is missing");
}

}  // namespace
}  // namespace hone
