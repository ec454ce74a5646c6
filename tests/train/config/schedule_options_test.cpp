#include "train/config/schedule_options.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(WarmUp, is_counted_as_transformers_counts_it) {
  struct Case {
    double ratio;
    std::int64_t total, warmup;
  };
  // transformers 5.24, TrainingArguments(warmup_steps=ratio).get_warmup_steps(total); 0.07 * 100 is above 7
  // in binary.
  for (const Case& c : {Case{0.01, 100, 1}, Case{0.01, 101, 2}, Case{0.1, 30, 3}, Case{0.07, 100, 8},
                        Case{0.03, 1, 1}, Case{0.5, 5, 3}, Case{0.0, 10, 0}}) {
    ScheduleOptions schedule;
    schedule.warmup_ratio = c.ratio;
    EXPECT_EQ(warmup_steps(schedule, c.total), c.warmup) << c.ratio << " of " << c.total;
  }
}

TEST(WarmUp, steps_go_before_the_ratio) {
  ScheduleOptions schedule;
  schedule.warmup_ratio = 0.5;
  schedule.warmup_steps = 4;
  EXPECT_EQ(warmup_steps(schedule, 100), 4);
}

}  // namespace
}  // namespace hone
