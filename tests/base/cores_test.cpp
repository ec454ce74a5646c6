#include "base/cores.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>
#include <vector>

namespace hone {
namespace {

// The cores [first, last).
CoreSet cores(std::size_t first, std::size_t last) {
  CoreSet set;
  for (std::size_t core = first; core < last; ++core) set.set(core);
  return set;
}

std::vector<int> threads(const std::vector<CoreSet>& ranks) {
  std::vector<int> result;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) result.push_back(compute_threads(ranks, rank));
  return result;
}

TEST(Cores, RanksThatAreNotBoundShareTheHosts) {
  EXPECT_EQ(threads({cores(0, 64)}), (std::vector{64}));
  EXPECT_EQ(threads(std::vector(4, cores(0, 64))), (std::vector{16, 16, 16, 16}));
  EXPECT_EQ(threads(std::vector(3, cores(0, 64))), (std::vector{21, 21, 21}));
}

TEST(Cores, RanksThatAContainerOrABatchSystemKeepsOnTheSameFewShareThem) {
  EXPECT_EQ(threads(std::vector(4, cores(0, 8))), (std::vector{2, 2, 2, 2}));
}

TEST(Cores, RanksThatTheLauncherBoundHaveTheirOwn) {
  EXPECT_EQ(threads({cores(0, 1), cores(1, 2)}), (std::vector{1, 1}));
  EXPECT_EQ(threads({cores(0, 8), cores(8, 24)}), (std::vector{8, 16}));
}

TEST(Cores, RanksBoundToOneSocketShareIt) {
  EXPECT_EQ(threads({cores(0, 32), cores(32, 64), cores(0, 32)}), (std::vector{16, 32, 16}));
}

TEST(Cores, ARankHasAThreadHoweverFewCoresThereAre) {
  EXPECT_EQ(threads(std::vector(4, cores(5, 7))), (std::vector{1, 1, 1, 1}));
}

TEST(Cores, WhatSeveralRanksShareIsAllThatTheyCanUse) {
  EXPECT_EQ(usable_cores(std::vector(4, cores(0, 8)), cores(0, 64)), cores(0, 8));
  EXPECT_EQ(usable_cores(std::vector(4, cores(0, 64)), cores(0, 64)), cores(0, 64));
}

TEST(Cores, RanksBoundApartAndOneAloneCouldUseTheHosts) {
  EXPECT_EQ(usable_cores(std::vector{cores(0, 1), cores(1, 2)}, cores(0, 64)), cores(0, 64));
  EXPECT_EQ(usable_cores(std::vector{cores(0, 4), cores(0, 4), cores(4, 8)}, cores(0, 64)), cores(0, 64));
  EXPECT_EQ(usable_cores(std::vector{cores(0, 1)}, cores(0, 8)), cores(0, 8));
}

TEST(Cores, ABoundThreadSeesItsOwnAndThoseThatItCouldHave) {
  const CoreSet before = own_cores(), host = host_cores();
  EXPECT_EQ(before & host, before);
  const std::size_t last = [&] {
    std::size_t found = before.size() - 1;
    while (!before[found]) --found;
    return found;
  }();
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(own_cores(), cores(last, last + 1));
    EXPECT_EQ(host_cores(), host);
    EXPECT_EQ(own_cores(), cores(last, last + 1));  // asking has not let it go
  }).join();
}

}  // namespace
}  // namespace hone
