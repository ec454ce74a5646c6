#include "preprocess/marked_text.hpp"

#include "tiny_tokenizer.hpp"

namespace hone {
namespace {

std::vector<Stretch> stretches(const std::string& text, const std::vector<std::uint8_t>& mask) {
  const TinyTokenizer tokenizer;
  Row row;
  for (const char c : text) row.ids.push_back(c == '}' ? TinyTokenizer::kEnd : static_cast<std::uint32_t>(c));
  row.loss_mask = mask;
  return stretches_of(tokenizer.model(), row);
}

TEST(MarkedText, TargetsStandInBracketsOrColour) {
  const auto row = stretches("ab\ncd}", {0, 1, 1, 0, 1, 1});
  EXPECT_EQ(marked_text(row, TargetMark::kBrackets), "a\u27E6b\n\u27E7c\u27E6d<|im_end|>\u27E7");
  EXPECT_EQ(marked_text(row, TargetMark::kColour), "a\x1b[32mb\n\x1b[0mc\x1b[32md<|im_end|>\x1b[0m");
}

TEST(MarkedText, TheFirstTokenIsNoTarget) {
  EXPECT_EQ(marked_text(stretches("ab", {1, 1}), TargetMark::kBrackets), "a\u27E6b\u27E7");
}

TEST(MarkedText, AStretchOfABrokenCharacterIsStillText) {
  const std::vector<Stretch> row = {{"a\xE4\xBD", false}, {"\xA0\x1b[31m", true}};
  EXPECT_EQ(marked_text(row, TargetMark::kBrackets), "a\uFFFD\u27E6\uFFFD\\x1b[31m\u27E7");
}

}  // namespace
}  // namespace hone
