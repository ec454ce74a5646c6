#include "preprocess/jinja/json.hpp"

#include "rendering.hpp"

namespace hone::jinja {
namespace {

TEST(Json, IsWrittenAsPythonDoes) {
  const OrderedJson data = {
      {"v", OrderedJson::parse(R"({"b": [1, 2.5, true, null, "x\"\\\n\u00e9/<"], "a": {}, "c": []})")}};
  EXPECT_EQ(rendered("{{ v | tojson }}", data),
            "{\"b\": [1, 2.5, true, null, \"x\\\"\\\\\\n\u00E9/<\"], \"a\": {}, \"c\": []}");
  EXPECT_EQ(rendered("{{ {'b': [1], 'a': {}} | tojson(indent=2) }}"),
            "{\n  \"b\": [\n    1\n  ],\n  \"a\": {}\n}");
  EXPECT_EQ(rendered("{{ {'b': [1, 2], 'a': 1} | tojson(separators=(',', ':'), sort_keys=true) }}"),
            "{\"a\":1,\"b\":[1,2]}");
  EXPECT_EQ(rendered("{{ '\u00E9\x7F\U0001F600' | tojson(ensure_ascii=true) }}{{ '\x7F' | tojson }}{{ {1: 2} "
                     "| tojson }}{{ 1e22 | tojson }}"),
            "\"\\u00e9\\u007f\\ud83d\\ude00\"\"\x7F\"{\"1\": 2}1e+22");
  EXPECT_NE(failure("{{ x | tojson }}"), "");
}

TEST(Json, NumbersThatWouldLoseDigitsAreRefused) {
  EXPECT_EQ(from_json(OrderedJson(9223372036854775807), 0).index(), Value(std::int64_t{1}).index());
  EXPECT_THROW(from_json(OrderedJson(9223372036854775808U), 0), Fault);
  EXPECT_THROW(from_json(OrderedJson::binary({'9'}), 0), Fault);
}

TEST(Json, PythonsReprQuotesAsPythonDoes) {
  EXPECT_EQ(rendered("{{ ['a\\'b', 'a\"b\\'c', '\\n\u00E9\\x01\u200B', 1.0, none, true] }}"),
            "[\"a'b\", 'a\"b\\'c', '\\n\u00E9\\x01\\u200b', 1.0, None, True]");
}

}  // namespace
}  // namespace hone::jinja
