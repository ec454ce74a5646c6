#include "inspect/row_search.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

std::string cut(std::size_t begin, std::size_t end) {
  // Bytes 1 to 3 are one character, which two stretches share.
  const std::vector<Stretch> stretches = {{"a\xE4\xBD", false}, {"\xA0z", true}, {"!", false}};
  std::string text;
  for (const Stretch& stretch : cut_out(stretches, begin, end))
    text += stretch.target ? "[" + stretch.bytes + "]" : stretch.bytes;
  return text;
}

TEST(CutOut, KeepsWhichBytesAreTargets) {
  EXPECT_EQ(cut(0, 6), "a\xE4\xBD[\xA0z]!");
  EXPECT_EQ(cut(4, 6), "[z]!");
  EXPECT_EQ(cut(0, 1), "a");
}

TEST(CutOut, BreaksNoCharacter) {
  EXPECT_EQ(cut(2, 3), "\xE4\xBD[\xA0]");
  EXPECT_EQ(cut(3, 5), "\xE4\xBD[\xA0z]");
  EXPECT_EQ(cut(0, 2), "a\xE4\xBD[\xA0]");
}

}  // namespace
}  // namespace hone
