// Rows written by hand, id by id: the ids in the first line, the targets below them.
#include "preprocess/row_encoder.hpp"

#include "base/error.hpp"
#include "tiny_tokenizer.hpp"

namespace hone {
namespace {

const ChatTemplate kChatml = {"chatml", std::nullopt, true, false, ""};
const Conversation kTwoTurns = {{"user", "q"}, {"assistant", "ab"}, {"user", "ab"}, {"assistant", "c"}};

struct Shown {
  std::string ids, mask;
  bool operator==(const Shown&) const = default;
};
void PrintTo(const Shown& row, std::ostream* out) { *out << "\n" << row.ids << "\n" << row.mask; }

Shown encoded(const Conversation& conversation, LossPolicy loss,
              const ChatTemplate& chat_template = kChatml) {
  static const TinyTokenizer kTokenizer;
  RowEncoder encoder(kTokenizer.model(), chat_template, loss);
  Row row;
  row.ids = {1, 2, 3};  // what an earlier row left
  row.loss_mask = {1, 1, 1};
  encoder.encode(conversation, row);
  return {TinyTokenizer::shown(row.ids), TinyTokenizer::shown_mask(row.loss_mask)};
}

ChatTemplate with_system(const std::string& text) {
  ChatTemplate result = kChatml;
  result.default_system = text;
  return result;
}

ChatTemplate with_empty_thinking() {
  ChatTemplate result = kChatml;
  result.empty_thinking = true;
  return result;
}

TEST(RowEncoder, AnAnswersContentAndEndTokenAreTargetsByPosition) {
  // The question "ab" has the ids of the answer "ab", and its own end token: neither is a target.
  const Shown expected = {"{user/q}/{assistant/ab}/{user/ab}/{assistant/c}/",
                          "....................^^^......................^^."};
  EXPECT_EQ(encoded(kTwoTurns, LossPolicy::kAssistant), expected);
}

TEST(RowEncoder, UnderLastOnlyTheLastAnswerIsATarget) {
  const Shown expected = {"{user/q}/{assistant/ab}/{user/ab}/{assistant/c}/",
                          ".............................................^^."};
  EXPECT_EQ(encoded(kTwoTurns, LossPolicy::kLast), expected);
  const Shown question_after = {"{assistant/a}/{user/q}/", "...........^^.........."};
  EXPECT_EQ(encoded({{"assistant", "a"}, {"user", "q"}}, LossPolicy::kLast), question_after);
}

TEST(RowEncoder, UnderAllEverythingIsATargetButTheFirstId) {
  const Shown expected = {"{user/q}/{assistant/ab}/", ".^^^^^^^^^^^^^^^^^^^^^^^"};
  EXPECT_EQ(encoded({{"user", "q"}, {"assistant", "ab"}}, LossPolicy::kAll), expected);
}

TEST(RowEncoder, AnAnswerThatSaysSoIsNotLearnt) {
  const Conversation conversation = {
      {"user", "q"}, {"assistant", "ab", false}, {"user", "ab"}, {"assistant", "c"}};
  const std::string ids = "{user/q}/{assistant/ab}/{user/ab}/{assistant/c}/";
  EXPECT_EQ(encoded(conversation, LossPolicy::kAssistant),
            (Shown{ids, ".............................................^^."}));
  EXPECT_EQ(encoded(conversation, LossPolicy::kAll),
            (Shown{ids, ".^^^^^^^^^^^^^^^^^^^...^^^^^^^^^^^^^^^^^^^^^^^^^"}));
}

TEST(RowEncoder, AnEmptyAnswerHasItsEndTokenAsItsTarget) {
  const Shown expected = {"{user/q}/{assistant/}/", "....................^."};
  EXPECT_EQ(encoded({{"user", "q"}, {"assistant", ""}}, LossPolicy::kAssistant), expected);
  EXPECT_EQ(encoded({{"user", "q"}, {"assistant", ""}}, LossPolicy::kLast), expected);
}

TEST(RowEncoder, WhatOnlyLooksLikeAMarkerStaysText) {
  const Shown expected = {"{user/<|im_end|>}/{assistant/<|im_start|>}/",
                          ".............................^^^^^^^^^^^^^."};
  EXPECT_EQ(encoded({{"user", "<|im_end|>"}, {"assistant", "<|im_start|>"}}, LossPolicy::kAssistant),
            expected);
}

TEST(RowEncoder, AHeaderEndsAPieceAndContentDoesNot) {
  // As one piece the header's line break and the answer's would be one token.
  const Shown expected = {"{user/aNb}/{assistant//a}/", "......................^^^."};
  EXPECT_EQ(encoded({{"user", "a\n\nb"}, {"assistant", "\na"}}, LossPolicy::kAssistant), expected);
  const Shown question = {"{userNa}/{assistant/b}/", "....................^^."};
  EXPECT_EQ(encoded({{"user", "\na"}, {"assistant", "b"}}, LossPolicy::kAssistant), question);
}

TEST(RowEncoder, ADefaultSystemTurnStandsInForAMissingOneAndIsNoAnswer) {
  const Shown given = {"{system/s}/{user/q}/{assistant/a}/", "...............................^^."};
  EXPECT_EQ(encoded({{"user", "q"}, {"assistant", "a"}}, LossPolicy::kAssistant, with_system("s")), given);
  const Shown own = {"{system/}/{user/q}/{assistant/a}/", "..............................^^."};
  EXPECT_EQ(
      encoded({{"system", ""}, {"user", "q"}, {"assistant", "a"}}, LossPolicy::kAssistant, with_system("s")),
      own);
  const Shown empty = {"{system/}/{assistant/a}/", ".^^^^^^^^^^^^^^^^^^^^^^^"};
  EXPECT_EQ(encoded({{"assistant", "a"}}, LossPolicy::kAll, with_system("")), empty);
}

TEST(RowEncoder, TheLastLineBreakIsLeftOutWhereTheTemplateHasNone) {
  ChatTemplate chat_template = kChatml;
  chat_template.newline_after_last = false;
  const Shown expected = {"{user/q}/{assistant/a}", "....................^^"};
  EXPECT_EQ(encoded({{"user", "q"}, {"assistant", "a"}}, LossPolicy::kAssistant, chat_template), expected);
}

TEST(RowEncoder, AnEmptyThinkBlockBelongsToThePromptOfALastAnswer) {
  const Shown expected = {"{user/q}/{assistant/a}/{user/q}/{assistant/(N)Nb}/",
                          "....................^^.........................^^."};
  EXPECT_EQ(encoded({{"user", "q"}, {"assistant", "a"}, {"user", "q"}, {"assistant", "\n\nb"}},
                    LossPolicy::kAssistant, with_empty_thinking()),
            expected);
  // No question before the answer, or a question after it: no block.
  EXPECT_EQ(encoded({{"assistant", "a"}}, LossPolicy::kAssistant, with_empty_thinking()).ids,
            "{assistant/a}/");
  EXPECT_EQ(encoded({{"assistant", "a"}, {"user", "q"}}, LossPolicy::kAssistant, with_empty_thinking()).ids,
            "{assistant/a}/{user/q}/");
}

TEST(RowEncoder, ATokenizerWithoutTheMarkersIsRefused) {
  const TinyTokenizer tokenizer(TinyTokenizer::json(false));
  try {
    RowEncoder(tokenizer.model(), kChatml, LossPolicy::kAll);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    EXPECT_NE(std::string(error.what()).find("<|im_start|>"), std::string::npos);
  }
}

}  // namespace
}  // namespace hone
