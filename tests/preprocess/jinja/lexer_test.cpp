#include "preprocess/jinja/lexer.hpp"

#include "rendering.hpp"

namespace hone::jinja {
namespace {

TEST(Lexer, WhiteSpaceAroundTagsGoesAsTransformersHasItSetUp) {
  // A block takes what indents it and the line break after it; an output takes neither.
  EXPECT_EQ(rendered("a\n  {% if true %}\nb\n  {% endif %}\nc"), "a\nb\nc");
  EXPECT_EQ(rendered("a\n  {{ 1 }}\nb"), "a\n  1\nb");
  EXPECT_EQ(rendered("a\n  {# x #}\nb"), "a\nb");
  EXPECT_EQ(rendered("a {% if true %} b {% endif %} c"), "a  b  c");
  EXPECT_EQ(rendered("  {% if true %}x{% endif %}"), "x");
  EXPECT_EQ(rendered("{{ 1 }}  {% if true %}x{% endif %}"), "1  x");
  EXPECT_EQ(rendered("{% if true %}\n\nx{% endif %}"), "\nx");
}

TEST(Lexer, SignsOfTagsDecideOverWhiteSpace) {
  EXPECT_EQ(rendered("a \n {%- if true -%} \n b \n {%- endif -%} \n c"), "abc");
  EXPECT_EQ(rendered("a \n {{- 1 -}} \n b"), "a1b");
  EXPECT_EQ(rendered("a \n {#- x -#} \n b"), "ab");
  EXPECT_EQ(rendered("a\n  {%+ if true +%}\nb{% endif %}"), "a\n  \nb");
}

TEST(Lexer, OneLineBreakAtTheEndGoesAndAllLineEndsAreOne) {
  EXPECT_EQ(rendered("a\n\n"), "a\n");
  EXPECT_EQ(rendered("a\r\nb\rc\r\n"), "a\nb\nc");
}

TEST(Lexer, RawTextStaysAsItIs) {
  EXPECT_EQ(rendered("{% raw %}{{ x }}{% if %}{% endraw %}b"), "{{ x }}{% if %}b");
  EXPECT_EQ(rendered("{%- raw -%} {{ x }} {%- endraw -%} b"), "{{ x }}b");
}

TEST(Lexer, StringsHaveThePythonEscapes) {
  EXPECT_EQ(rendered(R"({{ 'a\n\t\\\'\"\x41\u00e9\U0001F600\101\d' }})"), "a\n\t\\'\"A\u00E9\U0001F600A\\d");
  EXPECT_EQ(rendered(R"({{ "it's" 'n' "t" }})"), "it'snt");
  EXPECT_EQ(rendered("{{ '}}' }}{{ {'a': {}} }}"), "}}{'a': {}}");
}

TEST(Lexer, WhatIsNotUnderstoodIsNamedWithLineAndColumn) {
  EXPECT_EQ(failure("a\n {{ ? }}"), "'?' is not understood here (line 2, column 5 of the template)");
  EXPECT_EQ(failure("\u00E9 {{ 'x }}"), "a string has no end (line 1, column 6 of the template)");
  EXPECT_EQ(failure("\n\n{# x"), "a comment has no end (line 3, column 1 of the template)");
  EXPECT_EQ(failure("{{ (1] }}"), "']' closes nothing (line 1, column 6 of the template)");
  EXPECT_EQ(failure("{{ '\\N{DASH}' }}"),
            "a string has an escape that is not supported (line 1, column 4 of the template)");
  EXPECT_NE(failure("{{ 0x10 }}"), "");
  EXPECT_NE(failure("{% raw %}x"), "");
  EXPECT_NE(failure("{{ 1"), "");
}

TEST(Lexer, ATemplateThatIsNotUtf8IsRefused) {
  EXPECT_EQ(failure("\u00E9\n \xFF"), "a byte that is not UTF-8 (line 2, column 2 of the template)");
  for (const char* stray :
       {"{{ '\x80'.strip() }}", "\x80{%- set x = 1 %}", "{{ 'a\xE4\xBD' }}", "\xED\xA0\x80", "\xC0\xAF"})
    EXPECT_TRUE(is_refused(stray, TemplateError::Kind::kSyntax)) << stray;
}

}  // namespace
}  // namespace hone::jinja
