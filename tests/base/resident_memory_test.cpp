#include "base/resident_memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace hone {
namespace {

constexpr std::size_t kBytes = (std::size_t{40} << 20) + 123;

// Pages of the memory that are there, as the kernel has it.
std::size_t resident_pages(const ResidentMemory& memory) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> there((kBytes + page - 1) / page);
  EXPECT_EQ(::mincore(memory.data(), kBytes, there.data()), 0);
  std::size_t count = 0;
  for (const unsigned char flag : there) count += flag & 1U;
  return count;
}

TEST(ResidentMemory, HasEveryPageOnceItIsPopulated) {
  const ResidentMemory memory(kBytes);
  EXPECT_EQ(resident_pages(memory), 0U);
  memory.populate();
  EXPECT_EQ(resident_pages(memory), (kBytes + static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) - 1) /
                                        static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
}

TEST(ResidentMemory, PopulatingKeepsWhatIsThere) {
  const ResidentMemory memory(kBytes);
  auto* const bytes = static_cast<unsigned char*>(memory.data());
  bytes[0] = 7;
  bytes[kBytes - 1] = 9;
  memory.populate();
  EXPECT_EQ(bytes[0], 7);
  EXPECT_EQ(bytes[1], 0);
  EXPECT_EQ(bytes[kBytes - 1], 9);
}

TEST(ResidentMemory, OfNothingIsNothing) {
  const ResidentMemory memory(0);
  memory.populate();
  EXPECT_EQ(memory.data(), nullptr);
}

}  // namespace
}  // namespace hone
