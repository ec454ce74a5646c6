#include "rendering.hpp"

namespace hone::jinja {
namespace {

TEST(ValueFilters, DefaultsStandInForWhatIsUndefinedOrEmpty) {
  EXPECT_EQ(rendered("{{ x | default('d') }}{{ '' | default('d') }}{{ '' | default('d', true) }}{{ none | "
                     "d('d', boolean=true) }}"),
            "ddd");
}

TEST(ValueFilters, NumbersAreReadAndRounded) {
  EXPECT_EQ(
      rendered("{{ '42.7' | int }} {{ ' -3 ' | int }} {{ 'x' | int(9) }} {{ 2.9 | int }} {{ none | int }}"),
      "42 -3 9 2 0");
  EXPECT_EQ(rendered("{{ '1.5' | float }} {{ 'x' | float }} {{ 3 | float }}"), "1.5 0.0 3.0");
  EXPECT_EQ(rendered("{{ 2.5 | round }} {{ 2.675 | round(2) }} {{ 7 | round }} {{ 1.21 | round(1, 'ceil') }} "
                     "{{ -1.5 | round }}"),
            "2.0 2.67 7 1.3 -2.0");
  EXPECT_EQ(rendered("{{ -3 | abs }} {{ 3.5 | abs }} {{ '\u00E4b' | length }} {{ {'a': 1} | count }}"),
            "3 3.5 2 1");
}

TEST(TextFilters, WorkOnWhatIsPrinted) {
  EXPECT_EQ(rendered("{{ ' a ' | trim }}|{{ 'xax' | trim('x') }}|{{ 12 | replace(1, 'x') }}|{{ none | string "
                     "| upper }}"),
            "a|a|x2|NONE");
  EXPECT_EQ(rendered("{{ [1, 'a', none] | join('-') }}{{ 'abc' | join(',') }}{{ [{'x': 1}, {'x': 2}] | "
                     "join('+', attribute='x') }}"),
            "1-a-Nonea,b,c1+2");
  EXPECT_EQ(rendered("{{ 'hello wORLD (foo) bar-baz' | title }}|{{ 'hELLO' | capitalize }}"),
            "Hello World (Foo) Bar-Baz|Hello");
  EXPECT_EQ(rendered("{{ 'a\n\nb' | indent(2) }}|{{ 'a\nb\n' | indent('>', true) }}|{{ 'a\n\nb' | indent(1, "
                     "blank=true) }}"),
            "a\n\n  b|>a\n>b\n|a\n \n b");
}

TEST(ValueFilters, WrongArgumentsAreRefused) {
  EXPECT_EQ(failure("{{ 'a' | trim(1, 2) }}"),
            "trim() takes no more than 2 arguments (line 1, column 10 of the template)");
  EXPECT_EQ(failure("{{ 'a' | replace('a') }}"),
            "replace() needs the argument 'new' (line 1, column 10 of the template)");
  EXPECT_NE(failure("{{ 'ff' | int(0, 16) }}"), "");
  EXPECT_NE(failure("{{ 'a' | round }}"), "");
  EXPECT_NE(failure("{{ none | length }}"), "");
}

}  // namespace
}  // namespace hone::jinja
