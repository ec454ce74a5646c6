#include "optim/adamw_any.hpp"

namespace hone {
namespace {

void update(const AdamW::Options& options, double learning_rate, double gradient_factor, std::int64_t t,
            double decay, const std::vector<AdamWRange>& ranges) {
  if (ranges.empty()) return;
  std::vector<Tensor> parameters, gradients, exp_avgs, exp_avg_sqs;
  for (const AdamWRange& range : ranges) {
    parameters.push_back(range.parameter);
    gradients.push_back(range.gradient);
    exp_avgs.push_back(range.exp_avg);
    exp_avg_sqs.push_back(range.exp_avg_sq);
  }
  if (gradient_factor != 1.0) at::_foreach_mul_(gradients, gradient_factor);
  const Tensor steps = at::full({}, static_cast<double>(t), parameters.front().options().dtype(at::kFloat));
  at::_fused_adamw_(parameters, gradients, exp_avgs, exp_avg_sqs, {},
                    std::vector<Tensor>(ranges.size(), steps), learning_rate, options.beta1, options.beta2,
                    decay, options.epsilon, false, false);
}

}  // namespace

void adamw_update_any(const AdamW::Options& options, double learning_rate, double gradient_factor,
                      std::int64_t t, const std::vector<AdamWRange>& decayed,
                      const std::vector<AdamWRange>& others) {
  update(options, learning_rate, gradient_factor, t, options.weight_decay, decayed);
  update(options, learning_rate, gradient_factor, t, 0.0, others);
}

}  // namespace hone
