#include "train/config/run_length.hpp"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(RunLength, an_epoch_takes_the_rows_that_are_left) {
  for (std::int64_t rows = 1; rows < 40; ++rows) {
    for (std::int64_t batch = 1; batch < 20; ++batch) {
      const std::int64_t steps = steps_per_epoch(rows, batch);
      EXPECT_GE(steps * batch, rows);
      EXPECT_LT((steps - 1) * batch, rows);
    }
  }
}

TEST(RunLength, rows_beyond_32_bits_are_counted) {
  EXPECT_EQ(steps_per_epoch(10'000'000'000, 3), 3'333'333'334);
}

TEST(RunLength, epochs_may_be_fractional) {
  ScheduleOptions schedule;
  schedule.num_train_epochs = 2.5;
  const RunLength length = run_length(schedule, 17, 8);
  EXPECT_EQ(length.steps_per_epoch, 3);
  EXPECT_EQ(length.total_steps, 8);
  EXPECT_DOUBLE_EQ(length.epochs, 8.0 / 3.0);
}

TEST(RunLength, max_steps_goes_before_epochs) {
  ScheduleOptions schedule;
  schedule.max_steps = 7;
  EXPECT_EQ(run_length(schedule, 17, 8).total_steps, 7);
}

TEST(RunLength, warm_up_is_counted_as_transformers_counts_it) {
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

TEST(RunLength, warm_up_steps_go_before_the_ratio) {
  ScheduleOptions schedule;
  schedule.warmup_ratio = 0.5;
  schedule.warmup_steps = 4;
  EXPECT_EQ(warmup_steps(schedule, 100), 4);
}

}  // namespace
}  // namespace hone
