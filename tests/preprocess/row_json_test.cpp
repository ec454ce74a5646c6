#include "preprocess/row_json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hone {
namespace {

std::string refusal(const std::string& text) {
  try {
    parse_row_json(text);
  } catch (const RowFault& fault) {
    return fault.reason;
  }
  return "";
}

TEST(RowJson, IsWhatTheJsonLibraryReads) {
  for (
      const std::string text :
      {R"({"b": [1, -2, 3.5e2, true, false, null, "x\ny\u00e9\ud83d\ude00", {}, []], "a": {"c": {"d": [[]]}}})",
       R"([])", R"("s")", R"(null)", R"(18446744073709551615)"}) {
    EXPECT_EQ(parse_row_json(text), OrderedJson::parse(text)) << text;
    EXPECT_EQ(parse_row_json(text).dump(), OrderedJson::parse(text).dump()) << text;
  }
}

TEST(RowJson, ManyKeysKeepTheirOrder) {
  OrderedJson object;
  for (int i = 0; i < 3000; ++i)
    object[fmt::format("key {}", i * 7919 % 3000)] = OrderedJson::array({i, "x"});
  EXPECT_EQ(parse_row_json(object.dump()).dump(), object.dump());
}

TEST(RowJson, AKeyThatComesTwiceInAnObjectIsRefusedAtAnyDepth) {
  EXPECT_EQ(refusal(R"({"a": 1, "b": 2, "a": 1})"), "the key 'a' comes twice in one object");
  EXPECT_EQ(refusal(R"({"a": [{"b": {"c": 1, "\u0063": 2}}]})"), "the key 'c' comes twice in one object");
  EXPECT_EQ(refusal(R"({"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]})"), "");
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += fmt::format("\"{}\": 0, ", i);
  EXPECT_EQ(refusal(many + "\"x\": 0}"), "");
  EXPECT_EQ(refusal(many + "\"3\": 0}"), "the key '3' comes twice in one object");
  EXPECT_EQ(refusal(many + "\"99\": 0}"), "the key '99' comes twice in one object");
}

TEST(RowJson, NestingIsBoundedAlsoWhereTheTextHasNoEnd) {
  const std::string deep = std::string(150, '[') + std::string(150, ']');
  EXPECT_EQ(refusal(deep), "");
  EXPECT_EQ(refusal("[" + deep + "]"), "nested more than 150 deep");
  EXPECT_EQ(refusal(std::string(1'000'000, '[')), "nested more than 150 deep");
}

TEST(RowJson, WhatIsNoJsonIsRefusedWithItsPlace) {
  EXPECT_NE(refusal("").find("not valid JSON at byte 1: "), std::string::npos);
  EXPECT_NE(refusal(R"({"a": 1} {"b": 2})").find("not valid JSON at byte 10: "), std::string::npos);
  EXPECT_NE(refusal(R"(["\ud83d"])").find("surrogate"), std::string::npos);
  EXPECT_NE(refusal("[\"a\xC0\"]").find("ill-formed UTF-8"), std::string::npos);
  EXPECT_TRUE(refusal("[\"; expected \xC0\"]").ends_with(" ill-formed UTF-8 byte"));
  EXPECT_TRUE(refusal("[\"a\xC0\"; expected ]").ends_with(" ill-formed UTF-8 byte"));
  EXPECT_TRUE(refusal("{\"a\" 1}").ends_with("unexpected number literal; expected ':'"));
  EXPECT_EQ(refusal("[1e999]"), "a number beyond the range of doubles at byte 6");
  EXPECT_EQ(refusal(R"(["\u0000"])"), "");
}

TEST(RowJson, AnIntegerBeyond64BitsKeepsItsDigits) {
  for (const std::string digits :
       {"123456789012345678901234567890", "-9223372036854775809", "18446744073709551616"}) {
    const OrderedJson value = parse_row_json("[" + digits + "]")[0];
    ASSERT_TRUE(value.is_binary()) << digits;
    EXPECT_EQ(std::string(value.get_binary().begin(), value.get_binary().end()), digits);
    EXPECT_STREQ(kind_of(value), "number");
  }
  for (const std::string number :
       {"-9223372036854775808", "18446744073709551615", "1e30", "123456789012345678901234567890.0"})
    EXPECT_FALSE(parse_row_json(number).is_binary()) << number;
}

TEST(RowJson, WhatFollowsANulIsNotLeftOut) {
  using namespace std::string_literals;
  EXPECT_EQ(refusal("{}\0"s), "not valid JSON at byte 3: a NUL");
  EXPECT_EQ(refusal("[1] \0 x"s), "not valid JSON at byte 5: a NUL");
}

TEST(RowJson, TheKeysOfARowAreThoseOfItsOutermostObject) {
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys_of_row(R"({"a": {"x": 1}, "b": [{"y": 2}], "c": "z"})"), (Keys{"a", "b", "c"}));
  EXPECT_EQ(keys_of_row(R"({"a": 1, )"), Keys{});
  EXPECT_EQ(keys_of_row(R"([{"a": 1}])"), Keys{});
  EXPECT_EQ(keys_of_row("7"), Keys{});
  EXPECT_EQ(keys_of_row("{}"), Keys{});
}

}  // namespace
}  // namespace hone
