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

}  // namespace
}  // namespace hone
