#pragma once

#include <deque>
#include <string_view>

#include "model/weight.hpp"

namespace hone {

/// The weights of one unit by the keys of the weight table ("qkv", "down", ...). Addresses stay valid for its
/// life.
class WeightSet {
 public:
  Weight& add(std::string_view key) { return weights_.emplace_back(std::string(key)); }

  /// The weight with this key; a missing one is a mistake of the weight table.
  Weight& at(std::string_view key) {
    Weight* const weight = find(key);
    HONE_ASSERT(weight != nullptr);
    return *weight;
  }
  /// Null when the model has none (a bias, a head norm).
  Weight* find(std::string_view key) {
    for (Weight& weight : weights_) {
      if (weight.name() == key) return &weight;
    }
    return nullptr;
  }

 private:
  std::deque<Weight> weights_;
};

}  // namespace hone
