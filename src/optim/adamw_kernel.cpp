#include "optim/adamw_kernel.hpp"

#include <cmath>

#include "base/simd.hpp"

namespace hone {

HONE_VECTORISED void adamw_update(const AdamWStep& step, std::int64_t count, const float* __restrict gradient,
                                  float* __restrict parameter, float* __restrict exp_avg,
                                  float* __restrict exp_avg_sq) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = gradient[i] * step.gradient_factor;
    const float m = exp_avg[i] + (g - exp_avg[i]) * step.one_minus_beta1;
    const float v = exp_avg_sq[i] * step.beta2 + g * g * step.one_minus_beta2;
    exp_avg[i] = m;
    exp_avg_sq[i] = v;
    const float denominator = std::sqrt(v) * step.inverse_root_correction + step.epsilon;
    parameter[i] = parameter[i] * step.decay - step.step_size * (m / denominator);
  }
}

}  // namespace hone
