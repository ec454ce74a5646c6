#include "preprocess/line_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "text_source.hpp"

namespace hone {
namespace {

TEST(LineReader, BlocksHoldWholeLinesAndTellWhereTheyStand) {
  std::string bytes;
  for (int i = 0; i < 50000; ++i) bytes += std::string(static_cast<std::size_t>(i % 97), 'x') + "\n";
  bytes += "last, without a line break";
  TextSource source(bytes);
  LineReader reader(source);
  std::string joined;
  std::uint64_t lines = 0;
  for (LineBlock block; reader.next(block);) {
    EXPECT_EQ(block.first_byte, joined.size());
    EXPECT_EQ(block.first_line, lines + 1);
    joined += block.text;
    lines += static_cast<std::uint64_t>(std::count(block.text.begin(), block.text.end(), '\n'));
    EXPECT_TRUE(block.text.ends_with('\n') || joined.size() == bytes.size());
  }
  EXPECT_EQ(joined, bytes);
}

TEST(LineReader, ALineLongerThanABlockStaysWhole) {
  const std::string bytes = "a\n" + std::string(std::size_t{5} << 20, 'x') + "\nb\n";
  TextSource source(bytes);
  LineReader reader(source);
  std::string joined;
  for (LineBlock block; reader.next(block); joined += block.text) EXPECT_TRUE(block.text.ends_with('\n'));
  EXPECT_EQ(joined, bytes);
}

TEST(LineReader, OffsetsCountFromWhereTheTextBegins) {
  TextSource source("{}\n");
  LineReader reader(source, 3);
  LineBlock block;
  ASSERT_TRUE(reader.next(block));
  EXPECT_EQ(block.first_byte, 3U);
  EXPECT_FALSE(reader.next(block));
}

}  // namespace
}  // namespace hone
