#include "base/philox.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

using Words = std::array<std::uint32_t, 4>;

// The vectors that Random123 publishes for philox4x32-10 (kat_vectors): counter, key, result.
TEST(Philox, GivesThePublishedVectors) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, EveryWordOfCounterAndKeyChangesEveryWordOfTheResult) {
  const Words counter = {1, 2, 3, 4};
  const std::array<std::uint32_t, 2> key = {5, 6};
  const auto expect_all_differ = [&](const Words& other) {
    const Words result = philox(counter, key);
    for (std::size_t i = 0; i < result.size(); ++i) EXPECT_NE(result[i], other[i]);
  };
  for (std::size_t i = 0; i < counter.size(); ++i) {
    Words next = counter;
    ++next[i];
    expect_all_differ(philox(next, key));
  }
  expect_all_differ(philox(counter, {6, 6}));
  expect_all_differ(philox(counter, {5, 7}));
}

}  // namespace
}  // namespace hone
