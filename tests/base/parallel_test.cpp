#include "base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

namespace hone {
namespace {

TEST(ParallelRanges, CoverEveryIndexOnceForAnyNumberOfThreads) {
  for (const std::int64_t count : {0, 1, 2, 7, 1000}) {
    for (const int threads : {0, 1, 2, 3, 16}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      parallel_ranges(count, threads, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
      });
      for (const auto& times : seen) EXPECT_EQ(times, 1) << count << " in " << threads;
    }
  }
}

TEST(ParallelRanges, ThrowWhatTheFirstRunThatFailedThrewAfterAllEnded) {
  std::atomic<int> ended = 0;
  try {
    parallel_ranges(8, 4, [&](std::int64_t begin, std::int64_t) {
      ++ended;
      if (begin >= 4) throw std::runtime_error(std::to_string(begin));
    });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "4");
  }
  EXPECT_EQ(ended, 4);
}

}  // namespace
}  // namespace hone
