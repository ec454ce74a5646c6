#include "preprocess/shown_rows.hpp"

#include "tiny_tokenizer.hpp"

namespace hone {
namespace {

TEST(ShownRows, TargetsStandInBracketsOrColour) {
  const TinyTokenizer tokenizer;
  Row row;
  for (const char c : std::string("ab\ncd")) row.ids.push_back(static_cast<std::uint32_t>(c));
  row.ids.push_back(TinyTokenizer::kEnd);
  row.loss_mask = {0, 1, 1, 0, 1, 1};
  EXPECT_EQ(marked_text(tokenizer.model(), row, TargetMark::kBrackets),
            "a\u27E6b\n\u27E7c\u27E6d<|im_end|>\u27E7");
  EXPECT_EQ(marked_text(tokenizer.model(), row, TargetMark::kColour),
            "a\x1b[32mb\n\x1b[0mc\x1b[32md<|im_end|>\x1b[0m");
}

TEST(ShownRows, OnlyTheFirstArePrinted) {
  const TinyTokenizer tokenizer;
  ShownRows shown(1);
  for (const char c : std::string("ab")) {
    Row row;
    row.ids = {static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(c)};
    row.loss_mask = {0, 1};
    row.source_line = 7;
    shown.add(row);
  }
  ::testing::internal::CaptureStdout();
  shown.print(tokenizer.model(), {"in.jsonl"});
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "\nin.jsonl:7, 2 tokens, 1 targets\na\u27E6a\u27E7\n");
}

}  // namespace
}  // namespace hone
