// AdamW on the shard of one rank against ATen's own fused AdamW, run in float64.
#include "optim/adamw.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "comm/self_communicator.hpp"
#include "model/ops/test_devices.hpp"
#include "optim/adamw_any.hpp"
#include "optim/adamw_kernel.hpp"
#include "zero/unit_store.hpp"

namespace hone {
namespace {

constexpr double kDecay = 0.1;

std::vector<UnitSpec> table() {
  const auto weight = [](const std::string& key, std::vector<std::int64_t> shape, bool decay) {
    return WeightSpec{key, {{key, shape}}, shape, decay};
  };
  // Sizes that leave padding between weights and at the end, decaying and other weights in turn.
  return {{"first", {weight("norm", {7}, false), weight("w", {5, 9}, true), weight("bias", {33}, false)}},
          {"second", {weight("v", {64, 3}, true)}},
          {"third", {weight("only_norm", {11}, false)}}};
}

/// The parameters of a store in fp32 beside the same ones in float64 under ATen's optimizer.
class Pair {
 public:
  explicit Pair(const AdamW::Options& options) : store_(table(), comm_, {.ranks = 1}), options_(options) {
    optimizer_.emplace(store_.trained(), options);
    at::manual_seed(3);
    store_.load([&](const WeightPart& part, std::int64_t, std::int64_t count, float* out) {
      const Tensor values = at::randn({count}, at::kFloat);
      std::copy_n(values.const_data_ptr<float>(), count, out);
      const auto wide = [&] { return at::zeros({count}, at::kDouble); };
      references_[part.name] = {values.to(at::kDouble), wide(), wide(), at::zeros({}, at::kFloat)};
    });
  }

  std::int64_t steps() const { return optimizer_->steps(); }
  /// As a resumed run does: a new optimizer takes over the old one's state and count.
  void restart() {
    const std::vector<AdamW::State> states = optimizer_->states();
    const std::int64_t steps = optimizer_->steps();
    optimizer_.emplace(store_.trained(), options_);
    optimizer_->states() = states;
    optimizer_->set_steps(steps);
  }

  void step(double learning_rate, double factor) {
    for (std::size_t i = 0; i < store_.table().size(); ++i) {
      store_.begin_gradient(static_cast<std::int64_t>(i));
      for (const WeightSpec& spec : store_.table()[i].weights) {
        const Tensor gradient = gradient_like(store_.weights()[i].at(spec.key).grad());
        store_.weights()[i].at(spec.key).grad().copy_(gradient);
        reference_step(spec, gradient.flatten().to(at::kDouble) * factor, learning_rate);
      }
      store_.end_gradient(static_cast<std::int64_t>(i));
    }
    store_.finish_gradients();
    optimizer_->step(learning_rate, factor, [this](TrainedGroup& group) { store_.publish(group); });
    store_.clear_gradients();
  }

  void expect_equal() {
    store_.visit_parameters([&](const WeightPart& part, const float* values) {
      const Tensor& expected = references_.at(part.name).parameter;
      for (std::int64_t i = 0; i < expected.numel(); ++i)
        ASSERT_NEAR(static_cast<double>(values[i]), expected[i].item<double>(), 2e-6)
            << part.name << " " << i;
    });
  }
  /// Over all elements, since the shards have other places for them: 1 - beta rounded twice, as fp32 takes it
  /// from beta, would be 5e-5 off.
  void expect_equal_moments() {
    double first = 0, second = 0, expected_first = 0, expected_second = 0;
    for (const AdamW::State& state : optimizer_->states()) {
      first += state.exp_avg.to(at::kDouble).abs().sum().item<double>();
      second += state.exp_avg_sq.to(at::kDouble).sum().item<double>();
    }
    for (const auto& [name, reference] : references_) {
      expected_first += reference.exp_avg.abs().sum().item<double>();
      expected_second += reference.exp_avg_sq.sum().item<double>();
    }
    EXPECT_NEAR(first / expected_first, 1, 1e-6);
    EXPECT_NEAR(second / expected_second, 1, 1e-6);
  }
  Tensor masters() {
    std::vector<Tensor> all;
    for (const TrainedGroup* const group : store_.trained()) all.push_back(group->master());
    return at::cat(all).clone();
  }

 private:
  struct Reference {
    Tensor parameter, exp_avg, exp_avg_sq, steps;
  };

  // Of every size down to where epsilon decides, and exact zeros.
  static Tensor gradient_like(const Tensor& parameter) {
    const Tensor exponents = at::rand(parameter.sizes(), at::kFloat) * -10;
    Tensor gradient = at::randn(parameter.sizes(), at::kFloat) * at::pow(10.0, exponents);
    gradient.flatten()[0] = 0;
    return gradient;
  }

  void reference_step(const WeightSpec& spec, const Tensor& gradient, double learning_rate) {
    Reference& r = references_.at(spec.key);
    r.steps += 1;
    const bool decays = options_.decay_all || spec.decay;
    at::_fused_adamw_({r.parameter}, {gradient}, {r.exp_avg}, {r.exp_avg_sq}, {}, {r.steps}, learning_rate,
                      options_.beta1, options_.beta2, decays ? options_.weight_decay : 0.0, options_.epsilon,
                      false, false);
  }

  SelfCommunicator comm_;
  UnitStore store_;
  AdamW::Options options_;
  std::optional<AdamW> optimizer_;
  std::map<std::string, Reference> references_;
};

TEST(AdamW, StepsAsAtensDoesWithDecayOfMatricesAlone) {
  Pair pair({.weight_decay = kDecay});
  for (const double learning_rate : {1e-2, 2e-2, 5e-3, 0.0, 1e-2, 1e-3}) {
    pair.step(learning_rate, 1.0);
    pair.expect_equal();
  }
  EXPECT_EQ(pair.steps(), 6);
}

TEST(AdamW, StepsAsAtensDoesWithOtherBetasAndEpsilonAndDecayOfEverything) {
  Pair pair({.beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-4, .weight_decay = kDecay, .decay_all = true});
  for (int i = 0; i < 6; ++i) {
    pair.step(1e-2, 1.0);
    pair.expect_equal();
  }
}

TEST(AdamW, TheMomentsAreAtensToTheLastDigitsOfFp32) {
  Pair pair({});
  for (int i = 0; i < 3; ++i) pair.step(1e-2, 1.0);
  pair.expect_equal_moments();
}

TEST(AdamW, TheClippingFactorScalesTheGradientBeforeTheMoments) {
  Pair pair({.epsilon = 1e-3, .weight_decay = kDecay});
  for (const double factor : {0.5, 1.0, 1e-3, 0.25}) {
    pair.step(1e-2, factor);
    pair.expect_equal();
  }
}

TEST(AdamW, OnTheHostTellsOfAGroupWhenItsMastersAreNewAndThoseOfTheNextAreNot) {
  SelfCommunicator comm;
  UnitStore store(table(), comm, {.ranks = 1});
  AdamW optimizer(store.trained(), {});
  for (std::int64_t unit = 0; unit < 3; ++unit) {
    store.begin_gradient(unit);
    for (const WeightSpec& spec : store.table()[static_cast<std::size_t>(unit)].weights)
      store.weights()[static_cast<std::size_t>(unit)].at(spec.key).grad().fill_(1);
    store.end_gradient(unit);
  }
  store.finish_gradients();
  const auto changed = [](const TrainedGroup* group) { return group->master().ne(0).any().item<bool>(); };
  std::vector<TrainedGroup*> told;
  optimizer.step(1e-2, 1.0, [&](TrainedGroup& group) {
    told.push_back(&group);
    for (std::size_t i = 0; i < store.trained().size(); ++i)
      EXPECT_EQ(changed(store.trained()[i]), i < told.size()) << i;
  });
  EXPECT_EQ(told, store.trained());
}

class FusedAdamW : public ::testing::TestWithParam<at::Device> {};

// The device's way, which serves host tensors too.
TEST_P(FusedAdamW, StepsAsTheHostsKernelDoes) {
  const AdamW::Options options = {.beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-4, .weight_decay = kDecay};
  at::manual_seed(8);
  const auto place = [](const Tensor& host) { return host.to(GetParam()); };
  const auto range = [&](std::int64_t size) {
    const auto zeros = [&] { return place(at::zeros({size}, at::kFloat)); };
    return AdamWRange{place(at::randn({size}, at::kFloat)), {}, zeros(), zeros()};
  };
  std::vector<AdamWRange> decayed = {range(300), range(7)}, others = {range(41)};
  const auto on_host = [](const Tensor& tensor) { return tensor.to(at::kCPU, at::kFloat, false, true); };
  const auto copy = [&](std::vector<AdamWRange> ranges) {
    for (AdamWRange& r : ranges) r = {on_host(r.parameter), {}, on_host(r.exp_avg), on_host(r.exp_avg_sq)};
    return ranges;
  };
  std::vector<AdamWRange> by_host[] = {copy(decayed), copy(others)};
  for (int t = 1; t <= 4; ++t) {
    const double learning_rate = 1e-2 / t, factor = t == 2 ? 0.5 : 1.0;
    AdamWStep step{0.2F,
                   0.95F,
                   0.05F,
                   1e-4F,
                   static_cast<float>(factor),
                   1.0F,
                   static_cast<float>(learning_rate / (1 - std::pow(0.8, t))),
                   static_cast<float>(1 / std::sqrt(1 - std::pow(0.95, t)))};
    for (std::vector<AdamWRange>* const ranges : {&decayed, &others}) {
      const bool decays = ranges == &decayed;
      step.decay = decays ? static_cast<float>(1 - learning_rate * kDecay) : 1.0F;
      for (std::size_t i = 0; i < ranges->size(); ++i) {
        AdamWRange& device = (*ranges)[i];
        const AdamWRange& host = by_host[decays ? 0 : 1][i];
        const Tensor gradient = at::randn_like(host.parameter);
        device.gradient = place(gradient);
        adamw_update(step, gradient.numel(), gradient.const_data_ptr<float>(),
                     host.parameter.mutable_data_ptr<float>(), host.exp_avg.mutable_data_ptr<float>(),
                     host.exp_avg_sq.mutable_data_ptr<float>());
      }
    }
    adamw_update_any(options, learning_rate, factor, t, decayed, others);
    const auto expect_close = [&](const Tensor& device, const Tensor& host, double absolute) {
      EXPECT_TRUE(at::allclose(on_host(device), host, 1e-5, absolute)) << t;
    };
    for (std::size_t i = 0; i < decayed.size(); ++i)
      expect_close(decayed[i].parameter, by_host[0][i].parameter, 1e-6);
    expect_close(others[0].parameter, by_host[1][0].parameter, 1e-6);
    expect_close(others[0].exp_avg_sq, by_host[1][0].exp_avg_sq, 1e-8);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, FusedAdamW, ::testing::ValuesIn(test_devices()),
                         [](const auto& test) { return test.param.is_cpu() ? "Cpu" : "Cuda"; });

TEST(AdamW, TakenUpFromItsStateItGivesTheSameBits) {
  Pair unbroken({.weight_decay = kDecay});
  for (int i = 0; i < 5; ++i) unbroken.step(1e-2, 1.0);
  Pair resumed({.weight_decay = kDecay});  // draws the same gradients again
  for (int i = 0; i < 3; ++i) resumed.step(1e-2, 1.0);
  resumed.restart();
  for (int i = 0; i < 2; ++i) resumed.step(1e-2, 1.0);
  EXPECT_TRUE(at::equal(resumed.masters(), unbroken.masters()));
}

TEST(AdamW, PaddingStaysZero) {
  Pair pair({.weight_decay = kDecay});
  for (int i = 0; i < 3; ++i) pair.step(1e-2, 1.0);
  std::int64_t parameters = 0;
  for (const UnitSpec& unit : table()) {
    for (const WeightSpec& weight : unit.weights) parameters += weight.numel();
  }
  const Tensor masters = pair.masters();
  EXPECT_TRUE(masters.isfinite().all().item<bool>());
  // Random parameters are never exactly zero, so that what is zero is padding.
  EXPECT_EQ(masters.eq(0).sum().item<std::int64_t>(), masters.numel() - parameters);
}

}  // namespace
}  // namespace hone
