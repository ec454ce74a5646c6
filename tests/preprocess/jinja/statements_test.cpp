#include "preprocess/jinja/statements.hpp"

#include "rendering.hpp"

namespace hone::jinja {
namespace {

TEST(For, TellsWhereItIs) {
  EXPECT_EQ(
      rendered("{% for x in 'abc' %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}"
               "{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}"),
      "1032TrueFalse3 2121FalseFalse3 3210FalseTrue3 ");
  EXPECT_EQ(
      rendered(
          "{% for x in [1, 2] %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }}{{ loop.cycle('a', 'b') }}"
          "{% endfor %}"),
      "<1>2a1<2>b");
}

TEST(For, TakesItemsApartFiltersJumpsAndHasAnElse) {
  EXPECT_EQ(rendered("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}"), "a1b2");
  EXPECT_EQ(rendered("{% for x in range(6) if x is odd %}{{ x }}/{{ loop.length }} {% endfor %}"),
            "1/3 3/3 5/3 ");
  EXPECT_EQ(rendered("{% for x in [] %}x{% else %}none{% endfor %}"), "none");
  EXPECT_EQ(
      rendered("{% for x in range(9) %}{% if x == 1 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}"
               "{% endif %}{{ x }}{% endfor %}"),
      "023");
  EXPECT_EQ(failure("{% for a, b in [[1]] %}{% endfor %}"),
            "1 values for 2 names (line 1, column 4 of the template)");
  EXPECT_NE(failure("{% for a in none %}{% endfor %}"), "");
}

TEST(Set, StaysInsideALoopButNotInsideAnIf) {
  EXPECT_EQ(
      rendered("{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}"),
      "12121");
  EXPECT_EQ(rendered("{% if true %}{% set x = 2 %}{% endif %}{{ x }}"), "2");
  EXPECT_EQ(rendered("{% set a, b = 1, 2 %}{{ a }}{{ b }}"), "12");
  EXPECT_EQ(rendered("{% set x %}a{{ 1 }}{% endset %}{{ x }}{{ x is string }}"), "a1True");
}

TEST(Set, ReachesOutOfALoopThroughANamespace) {
  EXPECT_EQ(
      rendered("{% set n = namespace(x=0, y='a') %}{% for i in [1, 2] %}{% set n.x = n.x + i %}{% endfor %}"
               "{{ n.x }}{{ n.y }}{{ n.z is defined }}"),
      "3aFalse");
  EXPECT_EQ(failure("{% set d = {} %}{% set d.x = 1 %}"),
            "'d' is no namespace, so nothing in it can be set (line 1, column 20 of the template)");
  EXPECT_TRUE(is_refused("{% set n = namespace() %}{% set n.n = n %}", TemplateError::Kind::kRefusal));
}

TEST(Macro, BindsItsParametersAndSeesWhatIsAroundIt) {
  const std::string macro = "{% macro m(a, b=2) %}{{ a }}{{ b }}{{ t }}{% endmacro %}{% set t = '!' %}";
  EXPECT_EQ(rendered(macro + "{{ m(1) }}{{ m(1, 3) }}{{ m(b=4, a=5) }}{{ m() }}"), "12!13!54!2!");
  EXPECT_EQ(
      rendered("{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}"),
      "321");
  EXPECT_NE(failure(macro + "{{ m(1, 2, 3) }}"), "");
  EXPECT_NE(failure(macro + "{{ m(c=3) }}"), "");
  EXPECT_NE(failure(macro + "{{ m(1, a=3) }}"), "");
}

TEST(GenerationBlock, NotesWhatTheModelIsToWrite) {
  const Rendered result =
      run("{% for x in ['a', 'bc'] %}<{% generation %}{{ x }}.{% endgeneration %}>{% endfor %}");
  EXPECT_EQ(result.text.bytes(), "<a.><bc.>");
  ASSERT_EQ(result.generations.size(), 2U);
  EXPECT_EQ(result.generations[0].begin, 1U);
  EXPECT_EQ(result.generations[0].end, 3U);
  EXPECT_EQ(result.generations[1].begin, 5U);
  EXPECT_EQ(result.generations[1].end, 8U);
  EXPECT_TRUE(is_refused("{% macro m() %}{% generation %}{% endgeneration %}{% endmacro %}{{ m() }}",
                         TemplateError::Kind::kRefusal));
}

TEST(Functions, RaiseTellTheTimeAndCount) {
  EXPECT_EQ(failure("\n{{ raise_exception('No ' ~ 1) }}"),
            "the template refuses it: No 1 (line 2, column 19 of the template)");
  EXPECT_EQ(rendered("{{ strftime_now('%d %b %Y %H:%M') }}"), "26 Jul 2024 09:05");
  EXPECT_TRUE(run("{{ strftime_now('%Y') }}").told_time);
  EXPECT_FALSE(run("{{ strftime_now is defined }}").told_time);
  EXPECT_EQ(rendered("{{ range(3) | list }}{{ range(5, 0, -2) | list }}{{ dict(a=1, b='x') }}"),
            "[0, 1, 2][5, 3, 1]{'a': 1, 'b': 'x'}");
}

}  // namespace
}  // namespace hone::jinja
