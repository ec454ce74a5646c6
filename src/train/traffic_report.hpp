#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/model_plan.hpp"
#include "train/trainer.hpp"
#include "zero/unit_store.hpp"

namespace hone {

/// What the collectives of some steps carried.
struct TrafficTotal {
  std::int64_t steps = 0;
  std::int64_t passes = 0;  // forward and backward passes of a rank
  Traffic traffic;

  void add(const StepReport& report);
};

/// Lines that say how many bytes of the frozen base a rank keeps, in all and of its 4-bit weights; none
/// without adapters.
std::vector<std::string> resident_lines(const ModelPlan& plan, const UnitStore& units);

/// Lines that say what a step gathers and reduces, and what a pass gathers of the 4-bit weights; none where
/// nothing travelled.
std::vector<std::string> traffic_lines(const ModelPlan& plan, const TrafficTotal& total);

}  // namespace hone
