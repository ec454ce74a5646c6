#include "base/utf8.hpp"

#include <vector>

#include "base_test_support.hpp"

namespace hone {
namespace {

std::string refused(const std::vector<std::string>& words) {
  return refusal(ExitCode::kUsage, [&] { require_utf8(words); });
}

TEST(Utf8, WordsOfEveryScriptPass) {
  EXPECT_NO_THROW(
      require_utf8(std::vector<std::string>{"", "--output", "caf\u00E9/\u4F60\u597D/\U0001F600"}));
}

TEST(Utf8, WordsOfAnotherEncodingAreNamed) {
  EXPECT_NE(refused({"--input", "caf\xE9.jsonl"}).find("caf\xE9.jsonl"), std::string::npos);
  for (const char* word : {"\xC0", "a\xE4\xBD", "\xED\xA0\x80", "\xF8\x88\x80\x80\x80"})
    EXPECT_NE(refused({word}).find("not UTF-8"), std::string::npos);
}

TEST(HarmlessText, SpellsControlCharactersOut) {
  EXPECT_EQ(harmless_text("a\tb\n"), "a\tb\n");
  EXPECT_EQ(harmless_text(std::string_view("\x1b[31m\0\r\x7f", 8)), "\\x1b[31m\\x00\\x0d\\x7f");
  EXPECT_EQ(harmless_text("\xC2\x9B"
                          "31m"),
            "\\x9b31m");  // some terminals take it for ESC [
  EXPECT_EQ(harmless_text("\u00A0\u00E9\u4F60\U0001F600"), "\u00A0\u00E9\u4F60\U0001F600");
}

TEST(HarmlessText, BytesThatAreNoUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(harmless_text("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(harmless_text("\xE4\xBD"), "\uFFFD");  // a character cut short
  EXPECT_EQ(harmless_text("\xC2"), "\uFFFD");
  EXPECT_EQ(harmless_text("\x9B\"quoted\\"), "\uFFFD\"quoted\\");
}

}  // namespace
}  // namespace hone
