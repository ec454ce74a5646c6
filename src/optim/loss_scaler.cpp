#include "optim/loss_scaler.hpp"

#include <algorithm>
#include <cmath>

namespace hone {
namespace {

constexpr double kFactor = 2;

}  // namespace

LossScaler::LossScaler(const LossScaleOptions& options)
    : options_(options),
      state_{
          options.fixed > 0 ? options.fixed : std::pow(kFactor, static_cast<double>(options.initial_power)),
          0, options.hysteresis} {}

void LossScaler::resume(const State& state) {
  state_ = state;
  if (options_.fixed > 0) state_.scale = options_.fixed;
  state_.overflows_left = std::min(state.overflows_left, options_.hysteresis);
}

void LossScaler::step_done() {
  ++state_.clean_steps;
  if (options_.fixed > 0) return;
  // DeepSpeed counts the clean steps before this one.
  const std::int64_t before = state_.clean_steps - 1;
  const bool grows = before > 0 && before % options_.window == 0;
  if (grows || options_.consecutive_hysteresis) state_.overflows_left = options_.hysteresis;
  if (grows) state_.scale *= kFactor;
}

bool LossScaler::step_overflowed() {
  state_.clean_steps = 0;
  if (options_.fixed > 0) return false;
  // DeepSpeed leaves the last one uncounted: once drained, every overflow halves the scale until it grows
  // again.
  if (state_.overflows_left > 1) {
    --state_.overflows_left;
    return true;
  }
  if (state_.scale == options_.minimum) return false;
  state_.scale = std::max(state_.scale / kFactor, options_.minimum);
  return true;
}

}  // namespace hone
