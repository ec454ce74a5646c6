#include "comm/activity.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(Activity, SaysWhatTheRankIsAtAndInWhichUnit) {
  Activity activity;
  activity.start("step 3: reading rows");
  EXPECT_EQ(activity.note().work, "step 3: reading rows");
  activity.move_to("block 2");
  EXPECT_EQ(activity.note().work, "step 3: reading rows, block 2");
  activity.start("step 3: AdamW");
  EXPECT_EQ(activity.note().work, "step 3: AdamW");
}

TEST(Activity, ACollectiveIsAboutTheUnitOrElseTheWork) {
  Activity activity;
  activity.start("evaluation");
  activity.move_to("block 0");
  {
    const AtUnit next(activity, "block 1");
    EXPECT_EQ(activity.about("all_gather"), "all_gather of block 1");
  }
  EXPECT_EQ(activity.about("all_gather"), "all_gather of block 0");
  activity.start("evaluation");
  EXPECT_EQ(activity.about("all_reduce"), "all_reduce of evaluation");
}

TEST(Activity, CountsCollectivesAndTellsInsideFromOutside) {
  Activity activity;
  EXPECT_FALSE(activity.note().inside);
  activity.enter("barrier of a test", DeviceKind::kCpu);
  EXPECT_TRUE(activity.note().inside);
  EXPECT_FALSE(activity.note().on_device);
  EXPECT_EQ(activity.note().entered, 1U);
  activity.leave(DeviceKind::kCpu);
  EXPECT_FALSE(activity.note().inside);
  EXPECT_EQ(activity.note().collective, "barrier of a test");
  EXPECT_EQ(activity.note().entered, 1U);
}

TEST(Activity, IsInsideUntilTheLastOfHostsAndDevicesCollectivesIsOver) {
  Activity activity;
  activity.enter("all_gather of block 1", DeviceKind::kCuda);
  activity.enter("all_reduce of the loss", DeviceKind::kCpu);
  activity.leave(DeviceKind::kCpu);
  EXPECT_TRUE(activity.note().inside);
  EXPECT_TRUE(activity.note().on_device);
  activity.leave(DeviceKind::kCuda);
  EXPECT_FALSE(activity.note().inside);
}

TEST(Activity, EveryNoteIsAChangeAndLookingIsNone) {
  Activity activity;
  std::uint64_t seen = activity.note().changes;
  const auto changed = [&] {
    const std::uint64_t before = seen;
    seen = activity.note().changes;
    return seen != before;
  };
  EXPECT_FALSE(changed());
  activity.start("loading");
  EXPECT_TRUE(changed());
  activity.move_to("head");
  EXPECT_TRUE(changed());
  activity.enter("barrier", DeviceKind::kCpu);
  EXPECT_TRUE(changed());
  activity.leave(DeviceKind::kCpu);
  EXPECT_TRUE(changed());
}

TEST(Activity, ARankWritesAsLongAsAnyOfItsThreadsDoes) {
  Activity activity;
  {
    const WritingToDisk first(activity);
    { const WritingToDisk second(activity); }
    EXPECT_TRUE(activity.note().writing);
  }
  EXPECT_FALSE(activity.note().writing);
}

}  // namespace
}  // namespace hone
