#include "optim/loss_scaler.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace hone {
namespace {

constexpr double kGivesUp = -1;

/// The scale after each step; 'x' is a step that overflows.
std::vector<double> scales_of(LossScaler scaler, const std::string& steps) {
  std::vector<double> scales;
  for (const char step : steps) {
    if (step != 'x') scaler.step_done();
    if (step == 'x' && !scaler.step_overflowed()) {
      scales.push_back(kGivesUp);
      break;
    }
    scales.push_back(scaler.scale());
  }
  return scales;
}

struct Trajectory {
  LossScaleOptions options;
  std::string steps;
  std::vector<double> scales;
};

LossScaleOptions options(std::int64_t power, std::int64_t window, std::int64_t hysteresis, double minimum,
                         bool consecutive) {
  return {0, power, window, hysteresis, consecutive, minimum};
}

/// What DynamicLossScaler of DeepSpeed 0.19.8 did, asked once; -1 where it raised.
const std::vector<Trajectory> kDeepSpeed = {
    {options(4, 2, 1, 1, false), "....x..x....", {16, 16, 32, 32, 16, 16, 16, 8, 8, 8, 16, 16}},
    {options(4, 3, 2, 1, false), "x.x....x..x..xx......", {16, 16, 8, 8, 8, 8, 16, 16, 16, 16, 8,
                                                           8,  8,  4, 2, 2, 2, 2,  4,  4,  4}},
    {options(4, 3, 2, 1, true),
     "x.x.xx.x...xx....",
     {16, 16, 16, 16, 16, 8, 8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 8}},
    {options(3, 4, 3, 2, false), "xxxxxx", {8, 8, 4, 2, -1}},
    {options(3, 4, 1, 2, false), "xxx", {4, 2, -1}},
    {options(16, 1000, 2, 1, false), "xxxx", {65536, 32768, 16384, 8192}},
    {options(4, 2, 1, 3, false), "xxx..x", {8, 4, 3, 3, 3, -1}},
    {options(4, 2, 2, 1, false), "..x..x..xx", {16, 16, 16, 16, 16, 8, 8, 8, 4, 2}},
    {options(0, 1, 2, 4, false), "xx..x", {1, 4, 4, 8, 8}},
    {options(4, 2, 3, 1, true), "xx.xxx..xxxx", {16, 16, 16, 16, 16, 8, 8, 8, 8, 8, 4, 2}},
};

TEST(LossScaler, moves_as_deepspeed_s_dynamic_loss_scaler) {
  for (const Trajectory& trajectory : kDeepSpeed)
    EXPECT_EQ(scales_of(LossScaler(trajectory.options), trajectory.steps), trajectory.scales)
        << trajectory.steps;
}

TEST(LossScaler, goes_on_from_its_state_as_if_it_had_not_stopped) {
  for (const Trajectory& trajectory : kDeepSpeed) {
    for (std::size_t stop = 0; stop + 1 < trajectory.scales.size(); ++stop) {
      LossScaler before(trajectory.options), after(trajectory.options);
      for (std::size_t i = 0; i < stop; ++i) {
        if (trajectory.steps[i] == 'x') {
          ASSERT_TRUE(before.step_overflowed());
        } else {
          before.step_done();
        }
      }
      after.resume(before.state());
      const std::vector<double> rest(trajectory.scales.begin() + static_cast<std::ptrdiff_t>(stop),
                                     trajectory.scales.end());
      EXPECT_EQ(scales_of(after, trajectory.steps.substr(stop)), rest) << trajectory.steps << " at " << stop;
    }
  }
}

TEST(LossScaler, a_fixed_scale_never_moves_and_has_nowhere_to_go) {
  LossScaleOptions fixed;
  fixed.fixed = 128;
  fixed.window = 1;
  EXPECT_EQ(scales_of(LossScaler(fixed), "...x."), (std::vector<double>{128, 128, 128, kGivesUp}));
}

}  // namespace
}  // namespace hone
