// Texts of which it is written which bytes came from a message: "{1:yes}" are three bytes of message 1.
#include "preprocess/text_comparison.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hone {
namespace {

using jinja::Text;

Text text_of(const std::string& written) {
  Text text;
  for (std::size_t at = 0; at < written.size();) {
    const std::size_t brace = std::min(written.find('{', at), written.size());
    text.append(written.substr(at, brace - at));
    if (brace == written.size()) break;
    const std::size_t colon = written.find(':', brace), end = written.find('}', colon);
    text.append(Text::from_data(written.substr(colon + 1, end - colon - 1),
                                std::stoi(written.substr(brace + 1, colon - brace - 1))));
    at = end + 1;
  }
  return text;
}

std::size_t after_first(const Text& text, const std::string& part) {
  return text.bytes().find(part) + part.size();
}

TEST(ExtentOf, ReachesFromTheFirstToTheLastByteOfAMessage) {
  const Text text = text_of("A{0:xx}B{1:yy}C{0:m}{1:zz}D");
  EXPECT_EQ(extent_of(text, 1).begin, 4U);
  EXPECT_EQ(extent_of(text, 1).end, 10U);
  EXPECT_EQ(extent_of(text, 0).begin, 1U);
  EXPECT_EQ(extent_of(text, 0).end, 8U);
}

TEST(ExtentOf, IsNowhereWhereAMessageIsNotWritten) {
  EXPECT_EQ(extent_of(text_of("A{0:xx}"), 1).begin, kNowhere);
  EXPECT_EQ(extent_of(text_of("A{0:xx}"), 1).end, kNowhere);
}

TEST(EndOfText, IsTheLastByteOfTheMessageWhereSomethingFollows) {
  const Text text = text_of("{0:hi}[{1:yes}, {1:yes}]");
  EXPECT_EQ(end_of_text(text, 1), text.size() - 1);
  EXPECT_EQ(end_of_text(text, 2), kNowhere);
}

TEST(EndOfText, IsWhereTheTextStoodFirstWhereNothingFollowsItsRepetition) {
  const Text repeated = text_of("{0:yes}[{1:yes}] in short: {1:yes}");
  EXPECT_EQ(end_of_text(repeated, 1), std::string("yes[yes").size());
  const Text once = text_of("{0:hi}[{1:no, }{1:yes}");
  EXPECT_EQ(end_of_text(once, 1), once.size());
}

TEST(EndLike, IsThePlaceWithMostOfTheSameBeforeIt) {
  const Text whole = text_of("Head {1:ok} mid {1:ok} tail");
  const std::size_t first = after_first(whole, "Head ok"), second = after_first(whole, "mid ok");
  EXPECT_EQ(end_like(text_of("Head {1:ok}"), whole, 1, 0), first);
  EXPECT_EQ(end_like(text_of("Head {1:ok} mid {1:ok}"), whole, 1, 0), second);
  EXPECT_EQ(end_like(text_of("Head {1:ok}"), whole, 1, first), second);
}

TEST(EndLike, OfPlacesThatAreAlikeIsTheFirst) {
  const Text whole = text_of("|{1:a}|{1:a}|");
  EXPECT_EQ(end_like(text_of("|{1:a}"), whole, 1, 0), 2U);
}

TEST(EndLike, IsNoPlaceWhereNothingOfTheMessageEndsAlike) {
  const Text whole = text_of("Head {1:ok} tail");
  EXPECT_FALSE(end_like(text_of("Head {1:no!}"), whole, 1, 0));
  EXPECT_FALSE(end_like(text_of("Head {2:ok}"), whole, 2, 0));
  EXPECT_FALSE(end_like(text_of("Head {1:ok}"), whole, 1, whole.size()));
}

TEST(LastDataBefore, IsTheEndOfTheLastDataThatIsOverThere) {
  const Text text = text_of("ab{0:cd}ef{1:gh}");
  EXPECT_EQ(last_data_before(text, 3), 0U);
  EXPECT_EQ(last_data_before(text, 4), 4U);
  EXPECT_EQ(last_data_before(text, 7), 4U);
  EXPECT_EQ(last_data_before(text, 8), 8U);
}

TEST(CommonBytes, EndWithTheFirstDifferenceOrTheShorterText) {
  EXPECT_EQ(common_bytes("abc", "abd"), 2U);
  EXPECT_EQ(common_bytes("ab", "abc"), 2U);
  EXPECT_EQ(common_bytes("abc", "ab"), 2U);
  EXPECT_EQ(common_bytes("", "ab"), 0U);
}

/// Of an answer "yes" to "hi", with `between` in front of it.
Header header(const std::string& asking, const std::string& between) {
  return Header(asking, text_of("{0:hi}" + between + "{1:yes}<end>"), 2 + between.size());
}

TEST(Header, IsWholeWhereAllThatAsksStandsInFrontOfTheAnswer) {
  const Header exact = header("<bot>\n", "<bot>\n");
  EXPECT_TRUE(exact.is_whole() && exact.reaches_answer());
  EXPECT_EQ(exact.begin(), 2U);
  EXPECT_EQ(exact.end(), 8U);
  const Header more_follows = header("<bot>\n", "<bot>\n<think></think>");
  EXPECT_TRUE(more_follows.is_whole());
  EXPECT_FALSE(more_follows.reaches_answer());
  EXPECT_EQ(more_follows.end(), 8U);
}

TEST(Header, ReachesTheAnswerWhereItGoesOnOtherwiseOnlyThere) {
  const Header opens_thinking = header("<bot>\n<think>", "<bot>\n");
  EXPECT_FALSE(opens_thinking.is_whole());
  EXPECT_TRUE(opens_thinking.reaches_answer());
  const Header other = header("<bot>\n", "<boss>\n");
  EXPECT_FALSE(other.is_whole() || other.reaches_answer());
}

TEST(Header, OfNothingInCommonIsNone) {
  for (const Header& none : {header("", ""), header("<bot>", ""), header("", "<bot>"), header("x", "y")})
    EXPECT_FALSE(none.is_whole() || none.reaches_answer());
}

}  // namespace
}  // namespace hone
