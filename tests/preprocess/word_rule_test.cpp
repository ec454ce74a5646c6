#include "preprocess/tokenizer/word_rule.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/error.hpp"
#include "preprocess/tokenizer/char_class.hpp"

namespace hone {
namespace {

const std::string kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const std::string kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Characters of every class and width, and what the rules treat apart.
constexpr std::array<std::string_view, 40> kPieces = {
    "a",   "Z",    "é",      "ж",      "中",  "𝔘",   "1",  "9",      "٣",  "Ⅷ",      "'", "'s",    "'S", "'t",
    "'re", "'RE",  "'ve",    "'Ve",    "'ll", "'m",  "'d", "'ſ",     "re", " ",      " ", "  ",    "\t", "\n",
    "\r",  "\r\n", "\u00a0", "\u3000", "!",   "...", "。", "\u0301", "😀",  "\u200d", "_", "\u2028"};

std::string random_text(std::mt19937& random) {
  std::string text;
  const std::size_t count = random() % 12;
  for (std::size_t i = 0; i < count; ++i) text += kPieces[random() % kPieces.size()];
  return text;
}

std::vector<std::size_t> cut(const WordRule& rule, std::string_view text, std::size_t begin,
                             std::size_t end) {
  std::vector<std::size_t> ends;
  rule.cut(text, begin, end, ends);
  return ends;
}

// PCRE2 runs the expression itself.
void expect_words_of_the_expression(const std::string& pattern) {
  const auto rule = make_word_rule(pattern), expression = make_regex_rule(pattern);
  std::mt19937 random(4);
  for (int i = 0; i < 100'000; ++i) {
    const std::string before = random_text(random), text = random_text(random),
                      all = before + text + random_text(random);
    const std::size_t begin = before.size(), end = begin + text.size();
    ASSERT_EQ(cut(*rule, all, begin, end), cut(*expression, all, begin, end)) << pattern << "\n" << text;
  }
}

TEST(WordRule, CutsAsTheExpressionsItIsWrittenOutFor) {
  for (const std::string& pattern :
       {kQwen2, kLlama3, std::string(kGpt2Pattern), std::string(R"(\p{N})"), std::string(R"(\p{N}+)")})
    expect_words_of_the_expression(pattern);
}

TEST(WordRule, CutsByAnyOtherExpression) {
  EXPECT_EQ(cut(*make_word_rule("b+"), "abba", 0, 4), (std::vector<std::size_t>{1, 3, 4}));
}

TEST(WordRule, RefusesAnExpressionThatIsNone) { EXPECT_THROW(make_word_rule("(a"), Error); }

TEST(WordRule, RefusesAnExpressionThatMayCutWithinACharacter) {
  EXPECT_THROW(make_word_rule(R"(\C)"), Error);
  EXPECT_THROW(make_word_rule(R"(a|\C\p{L})"), Error);
}

TEST(WordRule, RefusesAnExpressionThatMayMatchNothing) {
  EXPECT_THROW(make_word_rule("a*"), Error);
  EXPECT_THROW(make_word_rule("a|b?"), Error);
}

// The words that tokenizers 0.23.3's Split gives; more texts are in tests/parity/test_word_rule.py.
TEST(WordRule, LinesBeginAndEndWhereRubysDo) {
  using Ends = std::vector<std::size_t>;
  EXPECT_EQ(cut(*make_word_rule(" +$"), " a \nb  ", 0, 7), (Ends{2, 3, 5, 7}));
  EXPECT_EQ(cut(*make_word_rule("a$"), "aa\naa", 0, 5), (Ends{1, 2, 4, 5}));
  EXPECT_EQ(cut(*make_word_rule("^a"), "aa\naa", 0, 5), (Ends{1, 3, 4, 5}));
  EXPECT_EQ(cut(*make_word_rule(R"(\n$)"), "\n\na\n", 0, 4), (Ends{1, 3, 4}));
  EXPECT_EQ(cut(*make_word_rule(R"(\n^)"), "\n\na\n", 0, 4), (Ends{1, 2, 4}));
  EXPECT_EQ(cut(*make_word_rule(R"((?<=\n)^a|\n)"), "a\na", 0, 3), (Ends{1, 2, 3}));
}

TEST(WordRule, TakesAMongolianVowelSeparatorForNoSpace) {
  using Ends = std::vector<std::size_t>;
  for (const char* pattern : {R"(\S+)", R"([\S]+)", R"([^\s]+)"})
    EXPECT_EQ(cut(*make_word_rule(pattern), "a\u180eb c", 0, 7), (Ends{5, 6, 7})) << pattern;
}

TEST(WordRule, RefusesWhatHuggingFacesEngineReadsInAnotherWay) {
  for (const auto& [pattern, piece] : {std::pair{R"([\p{L}&&[^\p{Han}]]+)", "&& in a class"},
                                       {R"([a-z&&[^aeiou]]+)", "&& in a class"},
                                       {R"(\h+|\s+)", R"(\h)"},
                                       {R"([\H]+)", R"(\H)"},
                                       {R"(\v+)", R"(\v)"},
                                       {R"(\Q[\E+)", R"(\Q)"},
                                       {R"(\pL+)", R"(\p)"},
                                       {R"(\w+|\S+)", R"(\w)"},
                                       {R"([^\W]+)", R"(\W)"},
                                       {R"(\ba+)", R"(\b)"},
                                       {R"(a\B)", R"(\B)"},
                                       {"[[:alpha:]&]+", "[:alpha:]"},
                                       {"[^[:^space:]]+", "[:^space:]"},
                                       {"a{,3}b", "{,"},
                                       {R"(\p{N}{1,3}+)", "{1,3}+"},
                                       {"a{2}+", "{2}+"},
                                       {"a{2,}+", "{2,}+"},
                                       {"a{2}?b", "{2}?"},
                                       {"(?m:.)+", "(?m"},
                                       {"(?im:.)+", "(?im"},
                                       {"(?x) a # [", "(?x"},
                                       {"a(?i)b|c", "(?i"},
                                       {R"((?#^)\S+)", "the comment (?#^)"},
                                       {"[a[bc]]+", "a class in a class"},
                                       {"[^]b[c]]+", "a class in a class"}}) {
    try {
      make_word_rule(pattern);
      ADD_FAILURE() << pattern << " was taken";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(std::string("reads ") + piece + " in another"),
                std::string::npos)
          << error.what();
    }
  }
  // Both engines agree on these, as a comparison with tokenizers showed.
  for (const char* pattern :
       {"[^a$]+", R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+)", "[^]a]+", R"(\^+|\$+|\p{L}+)",
        "a{1,3}b", "a{1,3}?b", R"(\x{4000}+)", R"(\p{^L}+)", "(?i)b|c", "(?i:b|c)d", "{}+|a++"}) {
    EXPECT_NO_THROW(make_word_rule(pattern)) << pattern;
  }
}

TEST(CharClass, KnowsSpacesAndLineBreaksApart) {
  const CharClass* const classes = char_classes();
  EXPECT_EQ(classes[' '], CharClass::kSpace);
  EXPECT_EQ(classes['\r'], CharClass::kNewline);
  EXPECT_EQ(classes[0x85], CharClass::kSpace);
  EXPECT_EQ(classes[0x180E], CharClass::kOther);  // a space in older versions of Unicode
  EXPECT_EQ(classes[0x10FFFF], CharClass::kOther);
}

}  // namespace
}  // namespace hone
