#include "preprocess/plain_reader.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace hone {
namespace {

using namespace std::string_literals;

// What the full way makes of a line; nothing where it refuses it or needs more than turns of text.
std::optional<Conversation> full(const std::string& line) {
  const auto parsed = parse_chat(line);
  const auto* const chat = std::get_if<Chat>(&parsed);
  return chat != nullptr ? plain_conversation(*chat) : std::nullopt;
}

std::string described(const Conversation& conversation) {
  std::string text;
  for (const Turn& turn : conversation)
    text += turn.role + (turn.trained ? " learnt: " : ": ") + turn.content + "\n";
  return text;
}

// Whether the reader took the line, after a check that it found what the full way finds.
bool taken(PlainReader& reader, const std::string& line) {
  const Conversation* const found = reader.read(line);
  if (found == nullptr) return false;
  const auto expected = full(line);
  EXPECT_TRUE(expected) << line;
  if (expected) {
    EXPECT_EQ(described(*found), described(*expected)) << line;
  }
  return true;
}

const std::string kTurns = R"([{"role":"user","content":"q"},{"role":"assistant","content":"a"}])";

std::string with_content(const std::string& json) {
  return R"({"messages":[{"role":"user","content":)" + json + R"(},{"role":"assistant","content":"a"}]})";
}

TEST(PlainReader, TakesLinesOfTextAndNothingElse) {
  PlainReader reader;
  const std::vector<std::string> lines = {
      R"({"messages":)" + kTurns + "}",
      R"( { "id" : 7, "messages" : )" + kTurns + R"( , "type":"chatml" } )",
      R"({"meta":{"a":[1,{"b":null}]},"messages":)" + kTurns + "}",
      with_content(R"("\"\\\/\b\f\n\r\t")"),
      with_content(R"("\u4f60\u597d \ud83d\ude00 \u0000")"),
      with_content("\"\xF0\x9F\x98\x80\x7F\""),
      R"({"m\u0065ssages":)" + kTurns + "}",
      with_content("\"\""),
      R"({"messages":[{"content":"s","role":"system"},{"content":"a","role":"assistant"}]})"};
  for (const std::string& line : lines) EXPECT_TRUE(taken(reader, line)) << line;
}

TEST(PlainReader, LeavesEveryOtherLineToTheFullWay) {
  PlainReader reader;
  const std::string deep(200, '['), closing(200, ']');
  const std::vector<std::string> lines = {
      "", "null", "[]", "{}", R"({"messages":[]})", R"({"messages":{}})", R"({"messages":)" + kTurns,
      R"({"messages":)" + kTurns + "} x", R"({"messages":)" + kTurns + "}\0"s,
      R"({"messages":)" + kTurns + ",}",
      // keys twice, of which the last one counts
      R"({"messages":[],"messages":)" + kTurns + "}",
      R"({"messages":[{"role":"user","role":"user","content":"q"},{"role":"assistant","content":"a"}]})",
      R"({"messages":[{"role":"user","content":"p","content":"q"},{"role":"assistant","content":"a"}]})",
      R"({"id":1,"id":2,"messages":)" + kTurns + "}",
      R"({"meta":{"x":[{"k":1,"k":1}]},"messages":)" + kTurns + "}",
      // what is more than text, or may be
      R"({"tools":[],"messages":)" + kTurns + "}", R"({"chat_template_kwargs":{},"messages":)" + kTurns + "}",
      R"({"messages":[{"role":"assistant","content":"a","weight":0}]})",
      R"({"messages":[{"role":"assistant","content":"a","tool_calls":[]}]})",
      R"({"messages":[{"role":"tool","content":"t"},{"role":"assistant","content":"a"}]})",
      with_content("null"), with_content("7"), with_content(R"([{"type":"text","text":"q"}])"),
      // refused
      R"({"messages":[{"role":"user","content":"q"}]})",
      R"({"messages":[{"role":"assistant","content":"a"},{"role":"system","content":"s"}]})",
      R"({"messages":[{"role":"human","content":"q"},{"role":"assistant","content":"a"}]})",
      R"({"a":)" + deep + closing + R"(,"messages":)" + kTurns + "}",
      R"({"a":1e999,"messages":)" + kTurns + "}", R"({"a":01,"messages":)" + kTurns + "}",
      R"({"a":tru,"messages":)" + kTurns + "}", R"({'a':1,"messages":)" + kTurns + "}",
      // no text
      with_content(R"("\ud83d")"), with_content(R"("\ud83dx")"), with_content(R"("\ude00")"),
      with_content(R"("\ude00\ud83d")"), with_content(R"("\ud83d\ud83d")"), with_content(R"("\u12g4")"),
      with_content(R"("\x")"), with_content("\"\xC0\xAF\""), with_content("\"\xED\xA0\x80\""),
      with_content("\"\xF4\x90\x80\x80\""), with_content("\"\xE4\xBD\""), with_content("\"a\x01\""),
      with_content("\"a\nb\""), with_content("\"a\0b\""s)};
  for (const std::string& line : lines) EXPECT_FALSE(taken(reader, line)) << line;
}

TEST(PlainReader, FindsWhatTheFullWayFindsInWhateverItTakes) {
  const std::vector<std::string> seeds = {
      R"({"messages":)" + kTurns + R"(,"id":12.5e-3})", with_content(R"("a\u00e9\ud83d\ude00\\n")") + " ",
      R"({"x":{"y":[true,false,null,-0.0,"\t"]},"messages":[{"role":"system","content":"s"},)" +
          kTurns.substr(1) + "}"};
  const std::vector<std::string> pieces = {"\"",
                                           "\\",
                                           "\\u",
                                           "\\ud800",
                                           "\\udc00",
                                           "\\u0000",
                                           "{",
                                           "}",
                                           "[",
                                           "]",
                                           ",",
                                           ":",
                                           "null",
                                           "true",
                                           "1e400",
                                           "-",
                                           "0",
                                           ".",
                                           "e",
                                           " ",
                                           "\t",
                                           "\r",
                                           "\n",
                                           "\xEF\xBB\xBF",
                                           "\xC3",
                                           "\xA9",
                                           "\xED\xA0\x80",
                                           "\xF0\x9F\x98\x80",
                                           "\xFF",
                                           "\x7F",
                                           "\x1F",
                                           "\0"s,
                                           "/**/",
                                           "NaN",
                                           R"("role":"user",)",
                                           R"("content":"b",)",
                                           R"("messages":[],)",
                                           R"("weight":0,)",
                                           R"("tools":null,)",
                                           R"({"role":"assistant","content":"z"},)",
                                           "12345678901234567890123"};
  PlainReader reader;
  std::mt19937 random(11);
  int kept = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string line = seeds[random() % seeds.size()];
    for (std::size_t changes = random() % 3 + 1; changes > 0; --changes) {
      const std::size_t at = random() % (line.size() + 1);
      switch (random() % 3) {
        case 0: line.insert(at, pieces[random() % pieces.size()]); break;
        case 1: line.erase(at, random() % 4 + 1); break;
        default:
          if (at < line.size()) line[at] = static_cast<char>(random());
      }
    }
    kept += taken(reader, line) ? 1 : 0;
    ASSERT_FALSE(HasFailure()) << line;
  }
  EXPECT_GT(kept, 3'000);
}

}  // namespace
}  // namespace hone
