#pragma once

#include <vector>

#include "optim/adamw.hpp"

namespace hone {

/// A range of a shard and its optimizer state, on any device.
struct AdamWRange {
  Tensor parameter, gradient, exp_avg, exp_avg_sq;  // the same size, fp32
};

/// One AdamW step by ATen's fused kernels, many ranges a launch: `decayed` with the options' weight decay,
/// `others` without. The gradients are scaled in place. `t`: 1 at the first step.
void adamw_update_any(const AdamW::Options& options, double learning_rate, double gradient_factor,
                      std::int64_t t, const std::vector<AdamWRange>& decayed,
                      const std::vector<AdamWRange>& others);

}  // namespace hone
