#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "model/weight_access.hpp"
#include "reference_decoder.hpp"

namespace hone {

/// Binds joined copies of the parameters only while the model has asked for them, and notes what it asks.
class NotingAccess final : public WeightAccess {
 public:
  NotingAccess(const ModelConfig& config, const Parameters& parameters, at::ScalarType type)
      : table_(weight_table(config)), sets_(table_.size()), units_(table_.size()) {
    for (std::size_t i = 0; i < table_.size(); ++i) {
      for (const WeightSpec& spec : table_[i].weights) {
        std::vector<Tensor> parts;
        for (const WeightPart& part : spec.parts) parts.push_back(parameters.at(part.name).detach());
        const Tensor value = at::cat(parts).to(type);
        units_[i].weights.push_back({&sets_[i].add(spec.key), value, at::zeros_like(value)});
      }
    }
  }

  std::vector<WeightSet>& sets() { return sets_; }
  const std::vector<std::string>& calls() const { return calls_; }
  void forget() {
    calls_.clear();
    for (Unit& unit : units_) {
      for (Bound& weight : unit.weights) weight.gradient = at::zeros_like(weight.value);
    }
  }
  /// The weights of this key get no gradient.
  void freeze(const std::string& key) {
    for (Unit& unit : units_) {
      for (Bound& weight : unit.weights) {
        if (weight.weight->name() == key) weight.gradient = Tensor();
      }
    }
  }
  /// By Hugging Face name, in float64; frozen ones are left out.
  Parameters gradients() const {
    Parameters result;
    for (std::size_t i = 0; i < table_.size(); ++i) {
      for (std::size_t j = 0; j < table_[i].weights.size(); ++j) {
        const Tensor& joined = units_[i].weights[j].gradient;
        std::int64_t row = 0;
        for (const WeightPart& part : table_[i].weights[j].parts) {
          if (joined.defined()) result[part.name] = joined.narrow(0, row, part.shape[0]).to(at::kDouble);
          row += part.shape[0];
        }
      }
    }
    return result;
  }
  void expect_nothing_held() const {
    for (const Unit& unit : units_) {
      EXPECT_EQ(unit.users, 0);
      EXPECT_FALSE(unit.gradient_open);
    }
  }

  void prefetch(std::int64_t unit) override { note("prefetch", unit); }
  void acquire(std::int64_t unit) override {
    if (note("acquire", unit).users++ == 0) bind_values(unit, true);
  }
  void release(std::int64_t unit) override {
    Unit& noted = note("release", unit);
    ASSERT_GT(noted.users, 0);
    if (--noted.users == 0) bind_values(unit, false);
  }
  void begin_gradient(std::int64_t unit) override {
    Unit& noted = note("begin", unit);
    EXPECT_FALSE(std::exchange(noted.gradient_open, true));
    for (Bound& weight : noted.weights) weight.weight->bind_grad(weight.gradient);
  }
  void end_gradient(std::int64_t unit) override {
    Unit& noted = note("end", unit);
    EXPECT_TRUE(std::exchange(noted.gradient_open, false));
    for (Bound& weight : noted.weights) weight.weight->bind_grad({});
  }

 private:
  struct Bound {
    Weight* weight;
    Tensor value, gradient;
  };
  struct Unit {
    std::vector<Bound> weights;
    int users = 0;
    bool gradient_open = false;
  };

  Unit& note(const std::string& what, std::int64_t unit) {
    calls_.push_back(what + " " + std::to_string(unit));
    return units_.at(static_cast<std::size_t>(unit));
  }
  void bind_values(std::int64_t unit, bool bound) {
    for (Bound& weight : units_[static_cast<std::size_t>(unit)].weights)
      weight.weight->bind_value(bound ? weight.value : Tensor());
  }

  std::vector<UnitSpec> table_;
  std::vector<WeightSet> sets_;
  std::vector<Unit> units_;
  std::vector<std::string> calls_;
};

}  // namespace hone
