#include "preprocess/array_reader.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "text_source.hpp"

namespace hone {
namespace {

using Rows = std::vector<std::string>;

// "LINE@BYTE:ROW" of each element.
Rows elements(const std::string& text, std::size_t piece = 4096) {
  TextSource source(text, piece);
  ArrayReader reader(source, "in.json");
  Rows found;
  for (LineBlock block; reader.next(block);) {
    for_each_row(block, [&](std::string_view row, std::uint64_t line, std::uint64_t byte, auto...) {
      EXPECT_EQ(text.substr(byte, row.size()), row);
      found.push_back(fmt::format("{}@{}:{}", line, byte, row));
    });
  }
  return found;
}

std::string refusal(const std::string& text) {
  try {
    elements(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData);
    return error.what();
  }
  return "";
}

TEST(ArrayReader, ElementsComeWithTheLineAndByteWhereTheyBegin) {
  EXPECT_EQ(elements("[{\"a\": 1}, {\"b\": [2, {}]},3 , \"x,]\",null]\n"),
            (Rows{"1@1:{\"a\": 1}", "1@11:{\"b\": [2, {}]}", "1@26:3", "1@30:\"x,]\"", "1@36:null"}));
  EXPECT_EQ(elements("\n [\n  {\n    \"a\": 1\n  }\n  ,\n  {}\n]"),
            (Rows{"3@6:{\n    \"a\": 1\n  }", "7@29:{}"}));
  EXPECT_EQ(elements("[]"), Rows{});
  EXPECT_EQ(elements(" [ \n ] \n"), Rows{});
}

TEST(ArrayReader, ElementsOfOneLineAreCountedAlsoAcrossBlocks) {
  TextSource source("[1, 2,\n3, [\n4], 5,\n\n6]", 4096);
  ArrayReader reader(source, "in.json", 0, 3);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> places;
  for (LineBlock block; reader.next(block);)
    for_each_row(block, [&](std::string_view, std::uint64_t line, std::uint64_t, std::uint32_t nth) {
      places.emplace_back(line, nth);
    });
  EXPECT_EQ(places, (decltype(places){{1, 0}, {1, 1}, {2, 0}, {2, 1}, {3, 0}, {5, 0}}));
}

TEST(ArrayReader, QuotesAndBackslashesInStringsDontMisleadIt) {
  EXPECT_EQ(elements(R"([{"a": "\"}]\\"}, "\\", "["])"),
            (Rows{R"(1@1:{"a": "\"}]\\"})", R"(1@18:"\\")", R"(1@24:"[")"}));
}

TEST(ArrayReader, HowTheTextComesChangesNothing) {
  std::string text = "[\n";
  for (int i = 0; i < 40000; ++i)
    text += fmt::format("{}{{\"n\": {}, \"s\": \"{}\"}}", i > 0 ? ",\n" : "", i,
                        std::string(static_cast<std::size_t>(i % 90), '}'));
  text += "\n]\n";
  ASSERT_GT(text.size(), std::size_t{2} << 20);
  const Rows whole = elements(text, text.size());
  ASSERT_EQ(whole.size(), 40000U);
  EXPECT_TRUE(whole.back().starts_with("40001@"));
  EXPECT_EQ(elements(text, 1000), whole);
}

TEST(ArrayReader, AnElementLongerThanABlockStaysWhole) {
  const std::string text = "[1, \"" + std::string(std::size_t{5} << 20, ']') + "\", 2]";
  const Rows found = elements(text);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1].size(), (std::size_t{5} << 20) + 2 + 4);
}

TEST(ArrayReader, WhatIsNotOneWholeArrayIsRefusedWithItsLine) {
  EXPECT_NE(refusal("[{},\n{}\n").find("in.json:3: the input ends before its ']'"), std::string::npos);
  EXPECT_NE(refusal("[{},\n{\"a\":\n").find("ends inside the element that begins at line 2"),
            std::string::npos);
  EXPECT_NE(refusal("[{}]\n[{}]").find("in.json:2: something follows behind the ']'"), std::string::npos);
  EXPECT_NE(refusal("[{},]").find("an element is missing before ']'"), std::string::npos);
  EXPECT_NE(refusal("[,{}]").find("an element is missing before ','"), std::string::npos);
  EXPECT_NE(refusal("[{\"a\": [1}]").find("'}' closes no '{'"), std::string::npos);
  EXPECT_NE(refusal("[1}]").find("'}' closes nothing"), std::string::npos);
  EXPECT_NE(refusal("[{\"a\": \"b\n\"}]").find("in.json:1: a string has no end"), std::string::npos);
}

}  // namespace
}  // namespace hone
