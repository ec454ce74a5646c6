#include "base/host_memory.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace hone {
namespace {

TEST(HostMemory, ThePeakGrowsByWhatIsTouchedAndStaysWhenItIsFreed) {
  constexpr std::int64_t kBytes = 64 << 20;
  const std::int64_t before = peak_resident_bytes();
  EXPECT_GT(before, 1 << 20);
  { std::vector<char> touched(static_cast<std::size_t>(kBytes), 1); }
  EXPECT_GE(peak_resident_bytes(), before + kBytes * 9 / 10);
}

}  // namespace
}  // namespace hone
