#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/model_config.hpp"
#include "model/weight_table.hpp"

namespace hone {

/// Operations of an optimizer step's forward and backward as Hone runs them, a multiply-add counting as two:
/// projections over all tokens, causal attention over half of each sample's square, the head over targets
/// only. A frozen weight has no weight gradient, and below the lowest trained weight no input gradient is
/// computed. Forwards run again and weights restored from 4 bits count as no work done.
class FlopCount {
 public:
  /// `table` says what is trained, and holds the adapters where there are any.
  FlopCount(const ModelConfig& config, const std::vector<UnitSpec>& table);

  /// `lengths` are the token counts of the step's rows.
  double of_step(std::span<const std::int64_t> lengths, std::int64_t targets) const;

 private:
  double per_token_ = 0;
  double per_attended_pair_ = 0;
  double per_target_ = 0;
};

}  // namespace hone
