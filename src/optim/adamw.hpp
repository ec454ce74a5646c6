#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "zero/trained_group.hpp"

namespace hone {

/// AdamW (Loshchilov & Hutter 2019) on this rank's shards, element for element as torch.optim.AdamW computes
/// it.
class AdamW {
 public:
  struct Options {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.0;
    bool decay_all = false;  // decay norms and biases too
  };
  struct State {
    Tensor exp_avg;     // (shard_size) fp32
    Tensor exp_avg_sq;  // (shard_size) fp32
  };

  /// The groups must outlive the optimizer.
  AdamW(std::vector<TrainedGroup*> groups, const Options& options);

  /// Told of a group whose masters are those of the new step.
  using Updated = std::function<void(TrainedGroup&)>;
  /// Updates every master shard from its gradient times `gradient_factor` (the clipping factor). On the host
  /// one group after the other, so that what `updated` starts for one runs beside the next one's update.
  void step(double learning_rate, double gradient_factor, const Updated& updated);

  /// One entry a group.
  std::vector<State>& states() { return states_; }
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  /// Elements at the front of a group's shard that decay.
  std::int64_t decayed(const TrainedGroup& group) const;
  void step_on_host(double learning_rate, double gradient_factor, const Updated& updated);
  void step_on_device(double learning_rate, double gradient_factor);

  std::vector<TrainedGroup*> groups_;
  Options options_;
  std::vector<State> states_;
  std::int64_t steps_ = 0;
};

}  // namespace hone
