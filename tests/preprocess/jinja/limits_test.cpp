#include "preprocess/jinja/run.hpp"

#include <chrono>

#include "rendering.hpp"

namespace hone::jinja {
namespace {

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
  for (const std::string& source : hostile) {
    const auto started = std::chrono::steady_clock::now();
    EXPECT_TRUE(is_refused(source, TemplateError::Kind::kLimit)) << source;
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20)) << source;
  }
}

TEST(Limits, AreTheCallersToSet) {
  Limits limits;
  limits.steps = 1000;
  EXPECT_EQ(run("{% for i in range(100) %}{% endfor %}x", OrderedJson::object(), limits).text.bytes(), "x");
  EXPECT_THROW(run("{% for i in range(9999) %}{% endfor %}", OrderedJson::object(), limits), TemplateError);
}

}  // namespace
}  // namespace hone::jinja
