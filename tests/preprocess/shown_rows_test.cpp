#include "preprocess/shown_rows.hpp"

#include "tiny_tokenizer.hpp"

namespace hone {
namespace {

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
