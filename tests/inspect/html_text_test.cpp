#include "inspect/html_text.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(HtmlText, NoCharacterOfATextIsMarkup) {
  EXPECT_EQ(html_text("<script>alert('&amp;\")</script>"),
            "&lt;script&gt;alert(&#39;&amp;amp;&quot;)&lt;/script&gt;");
}

TEST(HtmlText, BytesThatAreNoTextAreSpelledOut) {
  EXPECT_EQ(html_text(std::string_view("a\0b\x1b\r\n\t", 7)), "a\\x00b\\x1b\\x0d\n\t");
  EXPECT_EQ(html_text("\xFF<\xE4\xBD"), "\uFFFD&lt;\uFFFD");
}

TEST(MarkedHtml, OnlyTargetsAreMarked) {
  const std::vector<Stretch> row = {{"<b>", false}, {"x & y\n", true}, {"</mark>", false}};
  EXPECT_EQ(marked_html(row), "&lt;b&gt;<mark>x &amp; y\n</mark>&lt;/mark&gt;");
}

}  // namespace
}  // namespace hone
