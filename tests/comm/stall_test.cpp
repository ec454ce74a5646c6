#include "comm/stall.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

constexpr double kTimeout = 60;

RankState waits(std::uint64_t collective, double seconds) {
  RankState rank;
  rank.entered = collective;
  rank.inside = true;
  rank.waited = seconds;
  return rank;
}

// Has left collective `entered` and does something else.
RankState stuck(std::uint64_t entered, double seconds) {
  RankState rank;
  rank.entered = entered;
  rank.stalled = seconds;
  return rank;
}

RankState silent(RankState rank, double seconds) {
  rank.silent = seconds;
  return rank;
}

RankState on_device(RankState rank) {
  rank.on_device = true;
  return rank;
}

std::vector<int> late(const std::vector<RankState>& ranks) {
  const auto stall = find_stall(ranks, kTimeout);
  return stall ? stall->late : std::vector<int>{-1};
}

const std::vector<int> kNone = {-1};

TEST(Stall, ARankThatIsStuckBehindTheOthersIsLate) {
  EXPECT_EQ(late({waits(8, 61), stuck(7, 61), waits(8, 61)}), std::vector<int>{1});
  EXPECT_EQ(find_stall(std::vector{waits(8, 61), stuck(7, 61), waits(8, 65)}, kTimeout)->waiting, 2);
}

TEST(Stall, NothingIsLateBeforeTheTimeout) {
  EXPECT_EQ(late({waits(8, 59), stuck(7, 59)}), kNone);
  EXPECT_EQ(late({waits(8, 59), silent(stuck(7, 0), 61)}), kNone);
}

TEST(Stall, ARankWithProgressIsNotLateHoweverLongOthersWait) {
  EXPECT_EQ(late({waits(8, 3600), stuck(7, 6)}), kNone);
}

TEST(Stall, ASilentRankIsLateWhereverItWas) {
  EXPECT_EQ(late({waits(8, 61), silent(stuck(7, 0), 61)}), std::vector<int>{1});
  EXPECT_EQ(late({waits(8, 61), silent(waits(8, 1), 61)}), std::vector<int>{1});
  EXPECT_EQ(late({silent(waits(9, 1), 61), waits(8, 61)}), std::vector<int>{0});
}

TEST(Stall, ASilentRanksOwnWaitIsNoReason) {
  EXPECT_EQ(late({stuck(7, 100), silent(waits(8, 100), 100)}), kNone);
}

TEST(Stall, ARankThatWaitsItselfIsNotTheCause) {
  // Rank 1 waits in an earlier collective for rank 2, which hangs.
  EXPECT_EQ(late({waits(8, 70), waits(7, 70), stuck(6, 71)}), std::vector<int>{2});
}

TEST(Stall, ARankThatIsAheadOrHasLeftTheCollectiveIsNotWaitedFor) {
  EXPECT_EQ(late({waits(8, 61), stuck(8, 61)}), kNone);
  EXPECT_EQ(late({waits(8, 61), stuck(9, 61)}), kNone);
}

TEST(Stall, ADeviceThatStillComputesTowardsTheCollectiveIsWaitedForAsAHostIs) {
  // Rank 1's thread waits on the host for work that its device has not done yet.
  EXPECT_EQ(late({on_device(waits(8, 61)), waits(7, 61)}), kNone);
}

TEST(Stall, TheLongestWithoutProgressComesFirst) {
  EXPECT_EQ(late({stuck(7, 61), waits(8, 99), silent(stuck(7, 0), 90), stuck(7, 70)}),
            (std::vector<int>{2, 3, 0}));
}

TEST(Stall, WhenAllHaveArrivedDataBetweenHostsAreGivenTenTimesAsLong) {
  EXPECT_EQ(late({waits(8, 599), waits(8, 599)}), kNone);
  EXPECT_EQ(late({waits(8, 601), waits(8, 600)}), std::vector<int>{});
  EXPECT_EQ(late({waits(8, 601), stuck(7, 10)}), kNone);
}

TEST(Stall, WhenAllHaveArrivedDevicesAreGivenTheTimeoutAlone) {
  EXPECT_EQ(late({on_device(waits(8, 59)), on_device(waits(8, 59))}), kNone);
  EXPECT_EQ(late({on_device(waits(8, 61)), on_device(waits(8, 60))}), std::vector<int>{});
  EXPECT_EQ(late({on_device(waits(8, 61)), stuck(9, 0)}), std::vector<int>{});  // one has left it
}

TEST(Stall, ARankThatComputesKeepsItsPatienceWhereTheOthersWaitOnADevice) {
  EXPECT_EQ(late({on_device(waits(8, 599)), stuck(7, 59)}), kNone);
  EXPECT_EQ(late({on_device(waits(8, 599)), on_device(waits(8, 3)), stuck(7, 59)}), kNone);
}

}  // namespace
}  // namespace hone
