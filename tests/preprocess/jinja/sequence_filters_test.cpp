#include "rendering.hpp"

namespace hone::jinja {
namespace {

const OrderedJson kData = {
    {"m", {{{"role", "user"}, {"n", 2}}, {{"role", "tool"}, {"n", 1}}, {{"role", "user"}, {"n", 3}}}}};

TEST(SequenceFilters, TakeTurnAndSort) {
  EXPECT_EQ(rendered("{{ [1, 2] | first }}{{ [1, 2] | last }}{{ [] | first is defined }}{{ 'abc' | reverse "
                     "}}{{ [1, 2] | reverse | list }}"),
            "12Falsecba[2, 1]");
  EXPECT_EQ(
      rendered("{{ ['b', 'A', 'c'] | sort }}{{ ['b', 'A'] | sort(case_sensitive=true, reverse=true) }}"),
      "['A', 'b', 'c']['b', 'A']");
  EXPECT_EQ(rendered("{{ m | sort(attribute='n') | map(attribute='n') | list }}", kData), "[1, 2, 3]");
  EXPECT_EQ(rendered("{% for k, v in {'b': 1, 'A': 2} | dictsort %}{{ k }}{{ v }}{% endfor %}"), "A2b1");
  EXPECT_EQ(rendered("{{ {'b': 1, 'A': 2} | dictsort(true, 'value', true) }}"), "[('A', 2), ('b', 1)]");
}

TEST(SequenceFilters, SumUp) {
  EXPECT_EQ(rendered("{{ [3, 1, 2] | max }}{{ [3, 1, 2] | min }}{{ [3, 1, 2] | sum }}{{ ['a', 'A', 'b'] | "
                     "unique | list }}"),
            "316['a', 'b']");
  EXPECT_EQ(
      rendered("{{ m | sum(attribute='n') }}{{ {'a': 1} | items | list }}{{ x | items | list }}", kData),
      "6[('a', 1)][]");
}

TEST(SelectionFilters, ChooseAndMap) {
  EXPECT_EQ(rendered("{{ m | selectattr('role', 'equalto', 'user') | map(attribute='n') | list }}", kData),
            "[2, 3]");
  EXPECT_EQ(
      rendered("{{ m | rejectattr('role', '==', 'user') | list | length }}{{ m | selectattr('x') | list }}",
               kData),
      "1[]");
  EXPECT_EQ(rendered("{{ [1, 2, 3, 4] | select('even') | list }}{{ [0, 1] | select | list }}{{ [1, 2] | "
                     "reject('gt', 1) | list }}"),
            "[2, 4][1][1]");
  EXPECT_EQ(rendered("{{ ['a', 'b'] | map('upper') | join }}{{ [{'x': 1}, {}] | map(attribute='x', "
                     "default=0) | list }}"),
            "AB[1, 0]");
}

TEST(SelectionFilters, GiveGeneratorsWhichAreTrueAndGoneThroughOnce) {
  EXPECT_EQ(
      rendered(
          "{{ 'y' if [] | select else 'n' }}{% set g = [1] | map('string') %}{{ g | list }}{{ g | list }}"),
      "y['1'][]");
  EXPECT_TRUE(is_refused("{{ [1] | map('string') | length }}", TemplateError::Kind::kRefusal));
  EXPECT_TRUE(is_refused("{{ [1] | map('string') }}", TemplateError::Kind::kRefusal));
  EXPECT_TRUE(is_refused("{{ [1] | map('nonsense') | list }}", TemplateError::Kind::kRefusal));
}

}  // namespace
}  // namespace hone::jinja
