#include "preprocess/jinja/operators.hpp"

#include "rendering.hpp"

namespace hone::jinja {
namespace {

TEST(Operators, CountAsPythonDoes) {
  EXPECT_EQ(
      rendered(
          "{{ 7 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }}"),
      "3.5 3 -4 2 -2 3.0 0.5");
  EXPECT_EQ(rendered("{{ 4 / 2 }} {{ 1e16 }} {{ 123456789.0 }} {{ 0.1 + 0.2 }} {{ 1e-5 }} {{ 2 ** -1 }}"),
            "2.0 1e+16 123456789.0 0.30000000000000004 1e-05 0.5");
  EXPECT_EQ(rendered("{{ true + true }} {{ 1 == true }} {{ 1 == 1.0 }} {{ '1' == 1 }}"), "2 True True False");
}

TEST(Operators, JoinAndRepeatStringsAndLists) {
  EXPECT_EQ(rendered("{{ 'a' + 'b' }}{{ 'ab' * 2 }}{{ 2 * [1] }}{{ [1] + [2] }}{{ 'x' * -1 }}"),
            "ababab[1, 1][1, 2]");
}

TEST(Operators, CompareAsPythonDoes) {
  EXPECT_EQ(
      rendered(
          "{{ [1, 2] < [1, 3] }}{{ 'Z' < 'a' }}{{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }}{{ [1] == (1,) }}"),
      "TrueTrueTrueFalse");
  EXPECT_EQ(rendered("{{ 2 in [1, 2] }}{{ 'a' in {'a': 1} }}{{ none in [none] }}{{ x == y }}{{ 1 in x }}"),
            "TrueTrueTrueTrueFalse");
}

TEST(Operators, WhatDoesNotGoTogetherIsRefused) {
  EXPECT_EQ(failure("{{ 'a' + 1 }}"), "'+' does not go with str and int (line 1, column 8 of the template)");
  EXPECT_EQ(failure("{{ x + 'a' }}"), "'x' is undefined (line 1, column 6 of the template)");
  for (const char* source :
       {"{{ 1 / 0 }}", "{{ 1 % 0 }}", "{{ none < 1 }}", "{{ [1] < 'a' }}", "{{ 1 in 2 }}", "{{ 1 in 'a' }}",
        "{{ 9223372036854775807 + 1 }}", "{{ 10 ** 30 }}", "{{ '%s' % 1 }}", "{{ {} + {} }}"})
    EXPECT_TRUE(is_refused(source, TemplateError::Kind::kRefusal)) << source;
}

}  // namespace
}  // namespace hone::jinja
