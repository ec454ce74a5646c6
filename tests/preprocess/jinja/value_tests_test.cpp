#include "preprocess/jinja/value_tests.hpp"

#include "rendering.hpp"

namespace hone::jinja {
namespace {

// Which of the names hold for the value.
std::string holding(const std::string& value) {
  std::string found;
  for (const char* name : {"defined", "none", "boolean", "true", "false", "integer", "float", "number",
                           "string", "mapping", "sequence", "iterable", "callable"}) {
    if (rendered("{{ (" + value + ") is " + name + " }}") == "True") found += std::string(name) + " ";
  }
  return found;
}

TEST(ValueTests, TellTypesAsJinjaDoes) {
  EXPECT_EQ(holding("x"), "sequence iterable ");
  EXPECT_EQ(holding("none"), "defined none ");
  EXPECT_EQ(holding("true"), "defined boolean true number ");
  EXPECT_EQ(holding("1"), "defined integer number ");
  EXPECT_EQ(holding("1.5"), "defined float number ");
  EXPECT_EQ(holding("'a'"), "defined string sequence iterable ");
  EXPECT_EQ(holding("[1]"), "defined sequence iterable ");
  EXPECT_EQ(holding("{}"), "defined mapping sequence iterable ");
  EXPECT_EQ(holding("{}.items()"), "defined iterable ");
  EXPECT_EQ(holding("range"), "defined callable ");
}

TEST(ValueTests, CompareWithWhatTheyAreGiven) {
  EXPECT_EQ(rendered("{{ 4 is divisibleby(2) }}{{ 'a' is in ['a'] }}{{ 1 is eq 1 }}{{ 1 is lt 2 }}{{ none is "
                     "sameas none }}"),
            "TrueTrueTrueTrueTrue");
  EXPECT_EQ(rendered("{{ 'AB' is upper }}{{ 'ab' is lower }}{{ '1' is lower }}{{ 2 is even }}{{ 2 is odd }}"),
            "TrueTrueFalseTrueFalse");
  EXPECT_EQ(rendered("{{ x is not defined and y is undefined }}"), "True");
}

}  // namespace
}  // namespace hone::jinja
