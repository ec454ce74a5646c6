#include "preprocess/segment.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "preprocess/line_range_reader.hpp"

namespace hone {
namespace {

class SegmentTest : public testing::Test {
 protected:
  SegmentTest() { std::ofstream(path_, std::ios::binary) << text_; }
  ~SegmentTest() override { std::filesystem::remove(path_); }

  std::string text_ = "a\n\nlonger line\nb\nlast";
  std::string path_ = testing::TempDir() + "hone-segment-" + std::to_string(::getpid()) +
                      testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(SegmentTest, ALineBeginsWhereItBeginsOrAtTheNext) {
  const std::vector<std::uint64_t> starts = {0, 2, 3, 15, 17};
  for (std::uint64_t byte = 0; byte <= text_.size(); ++byte) {
    std::uint64_t expected = text_.size();
    for (const std::uint64_t start : starts) {
      if (start >= byte) expected = std::min(expected, start);
    }
    EXPECT_EQ(line_start(path_, byte), expected) << byte;
  }
}

TEST_F(SegmentTest, LinesBeforeAByteAreCounted) {
  EXPECT_EQ(lines_before(path_, 0), 0U);
  EXPECT_EQ(lines_before(path_, 2), 1U);
  EXPECT_EQ(lines_before(path_, 17), 4U);
}

TEST_F(SegmentTest, SegmentsOfEverySizeHoldEachLineOnce) {
  for (std::uint64_t bytes = 1; bytes <= text_.size(); ++bytes) {
    std::string joined;
    std::uint64_t lines = 0;
    for (std::uint64_t begin = 0; begin < text_.size(); begin += bytes) {
      LineRangeReader reader(path_, {3, begin, std::min<std::uint64_t>(text_.size(), begin + bytes)});
      LineBlock block;
      while (reader.next(block)) {
        EXPECT_EQ(block.file, 3U);
        EXPECT_EQ(block.first_byte, joined.size());
        EXPECT_EQ(block.first_line + lines_before(path_, block.counted_from), lines + 1);
        joined += block.text;
        lines += block.lines;
        block = {};
      }
    }
    EXPECT_EQ(joined, text_) << bytes;
  }
}

}  // namespace
}  // namespace hone
