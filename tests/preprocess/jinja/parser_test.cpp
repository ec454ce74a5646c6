#include "preprocess/jinja/parser.hpp"

#include "rendering.hpp"

namespace hone::jinja {
namespace {

TEST(Parser, PrecedenceIsJinjas) {
  EXPECT_EQ(rendered("{{ 1 + 2 * 3 - 4 // 3 }}"), "6");
  EXPECT_EQ(rendered("{{ 1 ~ 2 * 3 }}|{{ 2 * 3 ~ 4 }}"), "16|64");
  EXPECT_EQ(rendered("{{ -2 ** 2 }}|{{ 2 ** 3 ** 2 }}"), "4|64");  // not Python's
  EXPECT_EQ(rendered("{{ not 1 == 2 and 3 > 2 > 1 }}"), "True");
  EXPECT_EQ(rendered("{{ 1 if false else 2 if false else 3 }}"), "3");
  EXPECT_EQ(rendered("{{ -1 | abs }}|{{ 1 - 2 | abs }}"), "1|-1");
  EXPECT_EQ(rendered("{{ 'x' in 'xy' and 'z' not in 'xy' }}"), "True");
  EXPECT_EQ(rendered("{{ 3 is divisibleby 3 and 3 is not even }}"), "True");
  EXPECT_EQ(rendered("{{ 1, 'a' }}|{{ (1,) }}|{{ () }}|{{ [1, 2,] }}"), "(1, 'a')|(1,)|()|[1, 2]");
}

TEST(Parser, WhatThisVersionDoesNotRunIsRefusedBeforeAnyRow) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"{{ x | urlencode }}", "the filter 'urlencode' is not supported (line 1, column 8 of the template)"},
      {"{{ x is sameness }}", "the test 'sameness' is not supported (line 1, column 9 of the template)"},
      {"\n{% include 'x' %}", "'include' is not supported (line 2, column 4 of the template)"},
      {"{% for x in y recursive %}{% endfor %}",
       "a recursive loop is not supported (line 1, column 15 of the template)"},
      {"{{ f(*x) }}", "'*' in a call is not supported (line 1, column 6 of the template)"},
      {"{% macro m() %}{{ caller() }}{% endmacro %}",
       "'caller' is not supported (line 1, column 19 of the template)"},
      {"{% endif %}", "'endif' ends nothing (line 1, column 4 of the template)"},
      {"{% if x %}", "'endif' is missing (line 1, column 11 of the template)"},
      {"{% break %}", "'break' outside a loop (line 1, column 4 of the template)"},
      {"{{ 1 2 }}", "'2' stands where the end of the output should be (line 1, column 6 of the template)"},
      {"{{ }}", "an expression is missing (line 1, column 4 of the template)"},
      {"{{ 99999999999999999999 }}",
       "a number beyond 64 bits is not supported (line 1, column 4 of the template)"}};
  for (const auto& [source, reason] : table) {
    EXPECT_EQ(failure(source), reason);
    EXPECT_TRUE(is_refused(source, TemplateError::Kind::kSyntax)) << source;
  }
}

TEST(Parser, NestingAndChainsAreBounded) {
  const auto repeated = [](const std::string& text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  EXPECT_EQ(rendered("{{ " + repeated("(", 50) + "1" + repeated(")", 50) + " }}"), "1");
  for (const std::string& source :
       {"{{ " + repeated("(", 100'000) + " }}", "{{ " + repeated("[", 100'000) + " }}",
        "{{ 1" + repeated(" + 1", 100'000) + " }}", "{{ x" + repeated(".y", 100'000) + " }}",
        "{{ " + repeated("not ", 100'000) + "x }}", "{{ " + repeated("-", 100'000) + "1 }}",
        "{{ 1" + repeated("|abs", 100'000) + " }}", "{{ 1" + repeated(" if 1", 100'000) + " }}",
        repeated("{% if x %}", 100'000)})
    EXPECT_TRUE(is_refused(source, TemplateError::Kind::kSyntax)) << source.substr(0, 20);
}

}  // namespace
}  // namespace hone::jinja
