#include "preprocess/jinja/text.hpp"

#include "rendering.hpp"

namespace hone::jinja {
namespace {

using Stretches = std::vector<Text::Stretch>;

Text mixed() {
  Text text("<a>");
  text.append(Text::from_data("one", 1));
  text.append("|");
  text.append(Text::from_data("two", 2));
  return text;
}

TEST(Text, KnowsWhichBytesCameFromWhere) {
  EXPECT_EQ(mixed().bytes(), "<a>one|two");
  EXPECT_EQ(mixed().data(), (Stretches{{3, 6, 1}, {7, 10, 2}}));
}

TEST(Text, NeighboursOfOneSourceAreOneStretch) {
  Text text = Text::from_data("on", 1);
  text.append(Text::from_data("e", 1));
  text.append(text);
  EXPECT_EQ(text.data(), (Stretches{{0, 6, 1}}));
}

TEST(Text, ASliceKeepsItsOrigins) {
  const Text part = mixed().slice(5, 8);
  EXPECT_EQ(part.bytes(), "e|t");
  EXPECT_EQ(part.data(), (Stretches{{0, 1, 1}, {2, 3, 2}}));
  EXPECT_TRUE(mixed().slice(0, 3).data().empty());
}

TEST(Text, WhatIsMadeByAnotherRuleIsDataAsAWholeWhereItsLengthChanges) {
  EXPECT_EQ(mixed().transformed("<A>ONE|TWO").data(), mixed().data());
  EXPECT_EQ(mixed().transformed("x").data(), (Stretches{{0, 1, 1}}));
  EXPECT_TRUE(Text("own").transformed("longer").data().empty());
}

TEST(Text, TemplatesCarryOriginsThroughWhatTheyDoWithStrings) {
  const OrderedJson data = {{"c", "ab<x>cd"}, {"l", {"p", "q"}}};
  const std::vector<std::pair<std::string, Stretches>> cases = {
      {"[{{ c }}]", {{1, 8, 0}}},
      {"{{ '[' + c + ']' }}", {{1, 8, 0}}},
      {"{{ c[2:5] ~ '|' ~ c[-1] }}", {{0, 3, 0}, {4, 5, 0}}},
      {"{{ c.split('<x>') | join('--') }}", {{0, 2, 0}, {4, 6, 0}}},
      {"{{ c.replace('<x>', '--') }}", {{0, 2, 0}, {4, 6, 0}}},
      {"{{ (' ' + c + ' ') | trim }}", {{0, 7, 0}}},
      {"{{ l | tojson }}", {{2, 3, 0}, {7, 8, 0}}},
      {"{{ l }}", {{2, 3, 0}, {7, 8, 0}}},
      {"{% set x %}<{{ c | upper }}>{% endset %}{{ x }}", {{1, 8, 0}}},
      {"{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(c) }}", {{1, 8, 0}}},
      {"{{ c | length }}", {}},
      {"{{ 'x' if c else 'y' }}", {}}};
  for (const auto& [source, stretches] : cases) EXPECT_EQ(run(source, data).text.data(), stretches) << source;
}

}  // namespace
}  // namespace hone::jinja
