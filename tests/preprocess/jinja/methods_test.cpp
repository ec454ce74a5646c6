#include "preprocess/jinja/methods.hpp"

#include "rendering.hpp"

namespace hone::jinja {
namespace {

TEST(StringMethods, StripAndChangeCase) {
  EXPECT_EQ(rendered("{{ ' \n a \u00A0'.strip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'abc'.lstrip('ba') }}|{{ "
                     "'abc'.rstrip('cb') }}"),
            "a|a|c|a");
  EXPECT_EQ(rendered("{{ 'éaéé'.strip('xé') }}|{{ 'é'.rstrip('') }}|{{ '中a中'.lstrip('a中') }}|"), "a|é||");
  EXPECT_EQ(rendered("{{ 'a\u00E9'.upper() }}{{ 'ABC'.lower() }}{{ 'hELLO w'.capitalize() }}{{ \"they're "
                     "b2b\".title() }}"),
            "A\u00C9abcHello wThey'Re B2B");
}

TEST(StringMethods, CaseIsChangedAsPythonDoesOrNotAtAll) {
  EXPECT_EQ(rendered("{{ 'ﬁß ŉ և İ ẞ'.upper() }}|{{ 'İ'.lower() == 'i\u0307' }}|{{ 'ǆ'.capitalize() }}|{{ "
                     "'你a ǆb'.title() }}"),
            "FISS ʼN ԵՒ İ ẞ|True|ǅ|你A ǅb");
  for (const char* source : {"{{ 'ΑΣ'.lower() }}", "{{ 'ΑΣ' | lower }}", "{{ 'ﬁx'.capitalize() }}",
                             "{{ 'ßx'.title() }}", "{{ 'ʰa'.title() }}"})
    EXPECT_NE(failure(source).find("not "), std::string::npos) << source;
}

TEST(StringMethods, SplitAndJoin) {
  EXPECT_EQ(rendered("{{ 'a,b,c'.split(',') }}{{ 'a,b,c'.split(',', 1) }}{{ ' a  b '.split() }}{{ ' a b "
                     "'.split(none, 1) }}"),
            "['a', 'b', 'c']['a', 'b,c']['a', 'b']['a', 'b ']");
  EXPECT_EQ(
      rendered("{{ 'a,b,c'.rsplit(',', 1) }}{{ 'aaa'.rsplit('aa') }}{{ ''.split() }}{{ ''.split(',') }}"),
      "['a,b', 'c']['a', ''][]['']");
  EXPECT_EQ(rendered("{{ 'a\nb\r\nc\u2028'.splitlines() }}{{ 'a\nb'.splitlines(true) }}"),
            "['a', 'b', 'c']['a\\n', 'b']");
  EXPECT_EQ(rendered("{{ 'a-b-c'.partition('-') }}{{ 'a-b-c'.rpartition('-') }}{{ 'a'.partition('-') }}{{ "
                     "'-'.join('abc') }}"),
            "('a', '-', 'b-c')('a-b', '-', 'c')('a', '', '')a-b-c");
}

TEST(StringMethods, SearchAndReplace) {
  EXPECT_EQ(rendered("{{ 'abab'.rfind('ab') }}{{ 'abab'.find('') }}{{ 'ab'.rfind('') }}{{ ''.find('a') }}{{ "
                     "'aaa'.rfind('aa') }}"),
            "202-11");
  EXPECT_EQ(rendered("{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith(('x', 'c')) }}{{ '\u00E4bc'.find('c') "
                     "}}{{ 'a'.find('x') }}"),
            "TrueTrue2-1");
  EXPECT_EQ(rendered("{{ 'aaa'.replace('a', 'b', 2) }}{{ 'ab'.replace('', '-') }}{{ 'aaa'.count('aa') }}"),
            "bba-a-b-1");
  EXPECT_EQ(rendered("{{ 'abc'.removeprefix('a') }}{{ 'abc'.removesuffix('x') }}"), "bcabc");
}

TEST(Methods, OfListsAndMappings) {
  EXPECT_EQ(
      rendered("{{ {'a': 1}.get('a') }}{{ {}.get('a') }}{{ {}.get('a', 2) }}{{ {'a': 1}.keys() | list }}"),
      "1None2['a']");
  EXPECT_EQ(rendered("{{ [1, 2, 1].index(2) }}{{ [1, 2, 1].count(1) }}"), "12");
}

TEST(Methods, ThatPythonHasAndThisVersionHasNotFailWhenCalled) {
  EXPECT_EQ(rendered("{{ 'a'.format is defined }}{{ 'a'.nonsense is defined }}"), "TrueFalse");
  EXPECT_EQ(failure("{{ 'a'.format(1) }}"),
            "format() of a string is not supported (line 1, column 14 of the template)");
  EXPECT_EQ(failure("{{ [].append(1) }}"),
            "append() would change a list, which a template may not (line 1, column 13 of the template)");
  EXPECT_NE(failure("{{ {}.update({}) }}"), "");
}

}  // namespace
}  // namespace hone::jinja
