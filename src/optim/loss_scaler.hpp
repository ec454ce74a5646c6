#pragma once

#include <cstdint>

namespace hone {

/// DeepSpeed's `fp16` block, with its defaults.
struct LossScaleOptions {
  double fixed = 0;                     // loss_scale; 0: dynamic
  std::int64_t initial_power = 16;      // initial_scale_power: the first scale is 2 to this power
  std::int64_t window = 1000;           // loss_scale_window: steps without overflow before the scale doubles
  std::int64_t hysteresis = 2;          // overflows before the scale halves
  bool consecutive_hysteresis = false;  // a step without overflow restores the hysteresis
  double minimum = 1;                   // min_loss_scale
};

/// The factor on the loss that keeps small fp16 gradients from vanishing, step by step as DeepSpeed's
/// DynamicLossScaler moves it. Holds no rank's own knowledge: ranks that agree on overflows agree on the
/// scale.
class LossScaler {
 public:
  struct State {
    double scale = 1;
    std::int64_t clean_steps = 0;     // since the last overflow, or the start
    std::int64_t overflows_left = 1;  // before the scale halves
  };

  explicit LossScaler(const LossScaleOptions& options);

  /// What the coming step's loss is multiplied with.
  double scale() const { return state_.scale; }
  const State& state() const { return state_; }
  /// Goes on from a checkpoint. A fixed scale stays what the options say.
  void resume(const State& state);

  /// Takes a step without overflow in.
  void step_done();
  /// Takes a step that overflowed, and is skipped, in. Returns false when the scale can't go lower: it is
  /// fixed, or was at its minimum already.
  [[nodiscard]] bool step_overflowed();

 private:
  LossScaleOptions options_;
  State state_;
};

}  // namespace hone
