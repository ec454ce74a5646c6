#include "preprocess/jinja/run.hpp"

#include <chrono>

#include "rendering.hpp"

namespace hone::jinja {
namespace {

// Whether it is refused for its limits before long; what a limit doesn't count would take hours or all
// memory.
void expect_limit(const std::string& source) {
  const auto started = std::chrono::steady_clock::now();
  EXPECT_TRUE(is_refused(source, TemplateError::Kind::kLimit)) << source;
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20)) << source;
}

TEST(Limits, NoTemplateCanHangARun) {
  const std::vector<std::string> hostile = {
      "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% "
      "endfor %}{% endfor %}",
      "{% set n = namespace(x='aaaaaaaa') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
      "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
      "{% set n = namespace(x=[1]) %}{% for i in range(99999) %}{% set n.x = [n.x] %}{% endfor %}",
      "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
      // Small to make and endless to go through.
      "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}"
      "{% set n.y = [n.y, n.y] %}{% if loop.index == 24 %}{{ n.x == n.y }}{% for i in range(99) %}{{ n.x == "
      "n.y }}"
      "{% endfor %}{% endif %}{% endfor %}",
      "{% set n = namespace(x=[1]) %}{% for i in range(22) %}{% set n.x = [n.x, n.x] %}{% endfor %}"
      "{% for i in range(9999) %}{% set y = n.x | string | length %}{% endfor %}",
      "{{ 'a' * 9999999999 }}", "{{ ('a' * 9999999).replace('', 'b' * 9999999) }}",
      "{% set s = 'a' * 60000000 %}{% for i in range(99999) %}{% for j in range(99999) %}{{ 'b' in s }}{% "
      "endfor %}{% endfor %}",
      "{% for i in range(99999) %}{{ 'aaaaaaaaaa' * 100 }}{% endfor %}"};
  for (const std::string& source : hostile) expect_limit(source);
}

TEST(Limits, CountWhateverALongTextIsUsedFor) {
  for (const char* use :
       {"'a' | replace(s, s)", "[] | join(s)", "[s, s] | unique | list", "[s, s] | max", "s | int",
        "s | float", "s is upper", "d[s]", "d.get(s)", "{s: 1, t: 2}", "[d] | map(attribute=s) | list",
        "'a' | indent(6000000)", "s.startswith((s, t))", "s.strip(t)", "s ~ t", "s | title"}) {
    expect_limit(
        "{% set d = {'a': 1} %}{% set s = 'a' * 6000000 %}{% set t = 'a' * 6000000 %}"
        "{% for i in range(99999) %}{% for j in range(99999) %}{% set x = " +
        std::string(use) + " %}{% endfor %}{% endfor %}");
  }
}

TEST(Limits, AreAskedBeforeMemoryIsTaken) {
  for (const char* use :
       {"s | list", "s | first", "s[::2]", "s.split('a')", "s.split()", "s.splitlines()", "s | indent",
        "s | sort", "[[[1]]] | tojson(indent=s)", "[1, 2, 3] | tojson(separators=(s, s))", "[s, s] | string"})
    expect_limit("{% set s = ' a\\n' * 20000000 %}{% set x = " + std::string(use) + " %}");
  expect_limit("{% set s = 'a' * 60000000 %}{% for c in s %}{% endfor %}");
}

TEST(Limits, SearchingTakesNoProductOfLengths) {
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(rendered("{% set s = 'a' * 4000000 %}{% set p = 'a' * 2000000 %}{{ s.find(p ~ 'b') }} {{ "
                     "s.rfind('b' ~ p) }} "
                     "{{ (p ~ 'b') in s }} {{ s.split(p ~ 'b') | length }} {{ s.rsplit('b' ~ p) | length }} "
                     "{{ s.strip('b' ~ p) }}"),
            "-1 -1 False 1 1 ");
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST(Limits, AreTheCallersToSet) {
  Limits limits;
  limits.steps = 1000;
  EXPECT_EQ(run("{% for i in range(100) %}{% endfor %}x", OrderedJson::object(), limits).text.bytes(), "x");
  EXPECT_THROW(run("{% for i in range(9999) %}{% endfor %}", OrderedJson::object(), limits), TemplateError);
}

}  // namespace
}  // namespace hone::jinja
