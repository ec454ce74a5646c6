#include "preprocess/block_processor.hpp"

#include "tiny_tokenizer.hpp"

namespace hone {
namespace {

const ChatTemplate kChatml = {"chatml", std::nullopt, true, false, ""};

std::string line(const std::string& question, const std::string& answer) {
  return Json{{"messages",
               {{{"role", "user"}, {"content", question}}, {{"role", "assistant"}, {"content", answer}}}}}
             .dump() +
         "\n";
}

BlockResult processed(const std::string& text, std::int64_t limit, OverlongPolicy overlong) {
  static const TinyTokenizer kTokenizer;
  PreprocessOptions options;
  options.model_max_length = limit;
  options.overlong = overlong;
  options.inputs.assign(5, "in.jsonl");
  LineBlock block;
  block.file = 4;
  block.first_line = 11;
  block.first_byte = 1000;
  block.text = text;
  return BlockProcessor(kTokenizer.model(), kChatml, PlainTextFrame{}, options).process(block);
}

// "{user/q}/{assistant/ab}/" has 24 ids; its targets are numbers 20 to 22, counted from 0.
constexpr std::int64_t kLength = 24;

TEST(BlockProcessor, ARowAsLongAsTheLimitIsWhole) {
  const BlockResult result = processed(line("q", "ab"), kLength, OverlongPolicy::kTruncate);
  ASSERT_EQ(result.rows.size(), 1U);
  EXPECT_EQ(TinyTokenizer::shown(result.rows[0].ids), "{user/q}/{assistant/ab}/");
  EXPECT_EQ(result.notes, std::vector<std::uint8_t>{0});
}

TEST(BlockProcessor, ATruncatedRowIsCutOnTheRightAndGetsNoMadeUpEnd) {
  const BlockResult result = processed(line("q", "ab"), kLength - 2, OverlongPolicy::kTruncate);
  ASSERT_EQ(result.rows.size(), 1U);
  EXPECT_EQ(TinyTokenizer::shown(result.rows[0].ids), "{user/q}/{assistant/ab");
  EXPECT_EQ(TinyTokenizer::shown_mask(result.rows[0].loss_mask), "....................^^");
  EXPECT_EQ(result.notes, std::vector<std::uint8_t>{kTruncated});
  EXPECT_TRUE(result.dropped.empty());
}

TEST(BlockProcessor, ARowThatLosesAllItsTargetsIsDroppedWithThatReason) {
  const BlockResult result =
      processed(line("q", "ab") + line("", "a"), kLength - 4, OverlongPolicy::kTruncate);
  ASSERT_EQ(result.rows.size(), 1U);  // the shorter one keeps a target
  EXPECT_EQ(result.dropped, (std::map<std::string, std::uint64_t>{{"no_target_after_truncation", 1}}));
  EXPECT_EQ(result.first_dropped.at("no_target_after_truncation").line, 11U);
  EXPECT_EQ(result.notes, std::vector<std::uint8_t>{kTruncated});
}

TEST(BlockProcessor, OverlongRowsAreDroppedOrNamedWhereThatIsAskedFor) {
  const std::string text = line("q", "a") + line("q", "ab") + line("q", "abc");
  const BlockResult dropped = processed(text, kLength - 1, OverlongPolicy::kDrop);
  EXPECT_EQ(dropped.rows.size(), 1U);
  EXPECT_EQ(dropped.dropped.at("overlong"), 2U);
  EXPECT_EQ(dropped.first_dropped.at("overlong").line, 12U);
  const BlockResult named = processed(text, kLength - 1, OverlongPolicy::kError);
  ASSERT_EQ(named.overlong.size(), 2U);
  EXPECT_EQ(named.overlong[1].line, 13U);
  EXPECT_EQ(named.overlong[1].reason, "25 tokens");
}

TEST(BlockProcessor, EveryLineHasItsFileNumberAndByte) {
  const std::string first = line("q", "a"), blank = " \t\r\n", bad = "{\r\n", last = line("q", "b");
  const BlockResult result = processed(first + blank + bad + last, 512, OverlongPolicy::kTruncate);
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_EQ(result.rows[0].source_file, 4U);
  EXPECT_EQ(result.rows[0].source_line, 11U);
  EXPECT_EQ(result.rows[1].source_line, 14U);
  EXPECT_EQ(result.blank_lines, 1U);
  ASSERT_EQ(result.bad.size(), 1U);
  EXPECT_EQ(result.bad[0].line, 13U);
  EXPECT_EQ(result.bad[0].byte, 1000 + first.size() + blank.size());
}

TEST(BlockProcessor, ALastLineWithoutALineBreakCounts) {
  std::string text = line("q", "a") + line("q", "b");
  text.pop_back();
  EXPECT_EQ(processed(text, 512, OverlongPolicy::kTruncate).rows.size(), 2U);
}

TEST(BlockProcessor, EmptyAnswersAreKeptAndCounted) {
  const BlockResult result = processed(line("q", "") + line("q", "a"), 512, OverlongPolicy::kTruncate);
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_EQ(count_targets(result.rows[0].loss_mask), 1U);
  EXPECT_EQ(result.notes, (std::vector<std::uint8_t>{kEmptyAnswer, 0}));
}

}  // namespace
}  // namespace hone
