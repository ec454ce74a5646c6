// What --max_hours leaves for a checkpoint.
#include "train/save_time.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

constexpr double kHour = 3600;

TEST(SaveTime, WhatACheckpointTookCountsWhateverItsSize) {
  EXPECT_EQ(seconds_for_save(2.5, 1'000'000'000'000, kHour), 2.5);
  EXPECT_EQ(seconds_for_save(2 * kHour, 1, kHour), 2 * kHour);
}

TEST(SaveTime, BeforeOneWasWrittenItIsGuessedForASlowDisk) {
  EXPECT_DOUBLE_EQ(seconds_for_save(0, 1'000'000'000, kHour), 10);
  EXPECT_DOUBLE_EQ(seconds_for_save(0, 384'000'000'000, 0), 3840);
}

TEST(SaveTime, AGuessLeavesHalfOfTheLimitForSteps) {
  EXPECT_DOUBLE_EQ(seconds_for_save(0, 384'000'000'000, kHour), 1800);
}

}  // namespace
}  // namespace hone
