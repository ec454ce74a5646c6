#include "preprocess/jinja/lookup.hpp"

#include "rendering.hpp"

namespace hone::jinja {
namespace {

const OrderedJson kData = {
    {"m", {{"role", "user"}, {"items", "own"}, {"n", nullptr}}}, {"l", {1, 2, 3}}, {"s", "n\u00E4h"}};

TEST(Lookup, AnAttributeIsAMethodFirstAndASubscriptAnItemFirst) {
  EXPECT_EQ(rendered("{{ m.role }}{{ m['role'] }}{{ m['items'] }}{{ m.items is callable }}", kData),
            "useruserownTrue");
  EXPECT_EQ(rendered("{{ {}['items'] is callable }}{{ {}['items'] is mapping }}{{ {}['x'] is defined }}"),
            "TrueFalseFalse");
  EXPECT_EQ(rendered("{{ m.x is defined }}{{ m.n is none }}{{ m.n.x is defined }}", kData), "FalseTrueFalse");
}

TEST(Lookup, CountsFromBothEndsInCharacters) {
  EXPECT_EQ(rendered("{{ l[0] }}{{ l[-1] }}{{ s[1] }}{{ s[-1] }}{{ l[9] is defined }}{{ l.1 }}", kData),
            "13\u00E4hFalse2");
}

TEST(Lookup, SlicesAsPythonDoes) {
  EXPECT_EQ(
      rendered("{{ l[1:] }}{{ l[:-1] }}{{ l[::-1] }}{{ l[::2] }}{{ l[5:] }}{{ l[-9:2] }}{{ l[2:0:-1] }}",
               kData),
      "[2, 3][1, 2][3, 2, 1][1, 3][][1, 2][3, 2]");
  EXPECT_EQ(rendered("{{ s[1:] }}{{ s[::-1] }}{{ s[:1] }}", kData), "\u00E4hh\u00E4nn");
  EXPECT_EQ(
      rendered("{{ l[9223372036854775807::9223372036854775807] }}{{ l[::-9223372036854775807] }}", kData),
      "[][3]");
  EXPECT_EQ(rendered("{{ l[::-9223372036854775807 - 1] }}{{ s[1::9223372036854775807] }}", kData),
            "[3]\u00E4");
}

TEST(Lookup, WhatAMacroHasIsRefused) {
  EXPECT_NE(failure("{% macro m(a) %}{% endmacro %}{{ m.name }}").find("not supported"), std::string::npos);
  EXPECT_NE(failure("{% macro m(a) %}{% endmacro %}{{ m['arguments'] }}").find("not supported"),
            std::string::npos);
}

TEST(Lookup, OfWhatIsUndefinedIsRefused) {
  EXPECT_EQ(failure("{{ x.y }}"), "'x' is undefined (line 1, column 5 of the template)");
  EXPECT_EQ(failure("{{ m.x.y }}", kData), "a dict has no 'x' (line 1, column 7 of the template)");
  EXPECT_EQ(failure("{{ x() }}"), "'x' is undefined (line 1, column 5 of the template)");
  EXPECT_EQ(failure("{{ m() }}", kData), "a dict can't be called (line 1, column 5 of the template)");
  EXPECT_EQ(failure("{{ m['a' * 101].y }}", kData),
            "a dict has no such item (line 1, column 16 of the template)");
}

}  // namespace
}  // namespace hone::jinja
