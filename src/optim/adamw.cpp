#include "optim/adamw.hpp"

#include <ATen/Parallel.h>

#include <cmath>

#include "optim/adamw_any.hpp"
#include "optim/adamw_kernel.hpp"

namespace hone {
namespace {

constexpr std::int64_t kElementsPerTask = 1 << 16;

void update_range(const AdamWStep& step, const TrainedGroup& group, AdamW::State& state, std::int64_t first,
                  std::int64_t last) {
  const float* const gradient = group.gradient().const_data_ptr<float>();
  float* const parameter = group.master().mutable_data_ptr<float>();
  float* const exp_avg = state.exp_avg.mutable_data_ptr<float>();
  float* const exp_avg_sq = state.exp_avg_sq.mutable_data_ptr<float>();
  at::parallel_for(first, last, kElementsPerTask, [&](std::int64_t begin, std::int64_t end) {
    adamw_update(step, end - begin, gradient + begin, parameter + begin, exp_avg + begin, exp_avg_sq + begin);
  });
}

}  // namespace

AdamW::AdamW(std::vector<TrainedGroup*> groups, const Options& options)
    : groups_(std::move(groups)), options_(options) {
  for (const TrainedGroup* const group : groups_) {
    states_.push_back({at::zeros_like(group->master()), at::zeros_like(group->master())});
  }
}

void AdamW::step(double learning_rate, double gradient_factor, const Updated& updated) {
  ++steps_;
  if (groups_.empty() || groups_.front()->master().is_cpu()) {
    step_on_host(learning_rate, gradient_factor, updated);
  } else {
    step_on_device(learning_rate, gradient_factor);
    for (TrainedGroup* const group : groups_) updated(*group);
  }
}

std::int64_t AdamW::decayed(const TrainedGroup& group) const {
  return options_.decay_all ? group.master().numel() : group.decay_count();
}

void AdamW::step_on_device(double learning_rate, double gradient_factor) {
  std::vector<AdamWRange> decaying, others;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const TrainedGroup& group = *groups_[i];
    const auto range = [&](std::int64_t first, std::int64_t last) {
      const auto cut = [&](const Tensor& flat) { return flat.narrow(0, first, last - first); };
      return AdamWRange{cut(group.master()), cut(group.gradient()), cut(states_[i].exp_avg),
                        cut(states_[i].exp_avg_sq)};
    };
    const std::int64_t size = group.master().numel(), boundary = decayed(group);
    if (boundary > 0) decaying.push_back(range(0, boundary));
    if (boundary < size) others.push_back(range(boundary, size));
  }
  adamw_update_any(options_, learning_rate, gradient_factor, steps_, decaying, others);
}

void AdamW::step_on_host(double learning_rate, double gradient_factor, const Updated& updated) {
  const auto t = static_cast<double>(steps_);
  AdamWStep step{};
  step.one_minus_beta1 = static_cast<float>(1.0 - options_.beta1);
  step.beta2 = static_cast<float>(options_.beta2);
  step.one_minus_beta2 = static_cast<float>(1.0 - options_.beta2);
  step.epsilon = static_cast<float>(options_.epsilon);
  step.gradient_factor = static_cast<float>(gradient_factor);
  step.step_size = static_cast<float>(learning_rate / (1.0 - std::pow(options_.beta1, t)));
  step.inverse_root_correction = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(options_.beta2, t)));
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    TrainedGroup& group = *groups_[i];
    const std::int64_t size = group.master().numel();
    const std::int64_t boundary = decayed(group);
    step.decay = static_cast<float>(1.0 - learning_rate * options_.weight_decay);
    update_range(step, group, states_[i], 0, boundary);
    step.decay = 1.0F;
    update_range(step, group, states_[i], boundary, size);
    updated(group);
  }
}

}  // namespace hone
