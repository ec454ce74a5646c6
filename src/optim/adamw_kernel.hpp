#pragma once

#include <cstdint>

namespace hone {

/// The scalars of one AdamW step, biases of the moments already worked in.
struct AdamWStep {
  float one_minus_beta1, beta2, one_minus_beta2;  // each rounded once from double, as torch does
  float epsilon;
  float gradient_factor;
  float decay;                    // 1 - learning_rate * weight_decay
  float step_size;                // learning_rate / (1 - beta1^t)
  float inverse_root_correction;  // 1 / sqrt(1 - beta2^t)
};

/// One pass over `count` elements: moments and parameter are updated in place.
void adamw_update(const AdamWStep& step, std::int64_t count, const float* gradient, float* parameter,
                  float* exp_avg, float* exp_avg_sq);

}  // namespace hone
