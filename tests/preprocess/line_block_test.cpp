#include "preprocess/line_block.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hone {
namespace {

std::vector<std::string> rows(const LineBlock& block) {
  std::vector<std::string> found;
  for_each_row(block, [&](std::string_view row, std::uint64_t line, std::uint64_t byte, auto...) {
    found.push_back(fmt::format("{}@{}:{}", line, byte, row));
  });
  return found;
}

TEST(LineBlock, LinesEndAtLineBreaksAloneAndLoseOneCarriageReturn) {
  LineBlock block;
  block.first_line = 7;
  block.first_byte = 100;
  block.text =
      "a\r\n\nb\xE2\x80\xA8"
      "c\rd\r\r\nlast";
  EXPECT_EQ(rows(block), (std::vector<std::string>{"7@100:a", "8@103:",
                                                   "9@104:b\xE2\x80\xA8"
                                                   "c\rd\r",
                                                   "10@114:last"}));
}

TEST(LineBlock, ElementsOfAnArrayStandWhereTheyBegin) {
  LineBlock block;
  block.is_array = true;
  block.text = "[{\n}, 2]";
  block.elements = {{1, 4, 1, 1}, {6, 7, 2, 6}};
  EXPECT_EQ(rows(block), (std::vector<std::string>{"1@1:{\n}", "2@6:2"}));
}

}  // namespace
}  // namespace hone
