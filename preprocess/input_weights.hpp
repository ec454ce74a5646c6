#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/row.hpp"

namespace hone {

/// How often rows of each input are taken.
class InputWeights {
 public:
  InputWeights() = default;
  /// From PATTERN=WEIGHT each; a pattern is the name of an input, or matches some as a shell would. Throws
  /// Error(kUsage) for a pattern without an input, an input that two patterns match, and a weight that is not
  /// from 0.0001 to 10000.
  InputWeights(const std::vector<std::string>& assignments, const std::vector<std::string>& inputs);

  /// 1 where none was given.
  double of(std::size_t input) const { return input < weights_.size() ? weights_[input] : 1; }
  bool any() const { return !weights_.empty(); }
  /// How often a row is taken: the whole part of its input's weight, and once more with a chance of the rest,
  /// told from a hash of what the row holds and of its line. The same in every run.
  std::uint64_t copies(const Row& row) const;

 private:
  std::vector<double> weights_;  // by input; empty where none was given
};

}  // namespace hone
