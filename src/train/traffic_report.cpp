#include "train/traffic_report.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace hone {
namespace {

double ratio(std::int64_t bytes, std::int64_t parts) {
  return static_cast<double>(bytes) / static_cast<double>(parts);
}

std::string resident_line(std::int64_t bytes, std::int64_t parameters, const char* what) {
  return fmt::format("resident   {} of {} on a rank: {:.3f} bytes x {} parameters",
                     human_bytes(static_cast<double>(bytes)), what, ratio(bytes, parameters),
                     human_count(parameters));
}

}  // namespace

void TrafficTotal::add(const StepReport& report) {
  ++steps;
  passes += 2 * report.micro_batches;
  traffic += report.traffic;
}

std::vector<std::string> resident_lines(const ModelPlan& plan, const UnitStore& units) {
  if (!plan.lora) return {};
  const std::int64_t frozen = units.resident_bytes(WeightRole::kFrozen),
                     quantised = units.resident_bytes(WeightRole::kQuantised);
  const std::int64_t quantised_count = parameter_count(plan.table, WeightRole::kQuantised),
                     count = parameter_count(plan.table, WeightRole::kFrozen) + quantised_count;
  std::vector<std::string> lines = {resident_line(frozen + quantised, count, "the frozen base")};
  if (quantised_count > 0) lines.push_back(resident_line(quantised, quantised_count, "its 4-bit weights"));
  return lines;
}

std::vector<std::string> traffic_lines(const ModelPlan& plan, const TrafficTotal& total) {
  const Traffic& traffic = total.traffic;
  if (traffic.all_gather + traffic.reduce == 0) return {};
  std::vector<std::string> lines = {fmt::format(
      "traffic    {} all-gathered, {} of gradients reduced per step",
      human_bytes(ratio(traffic.all_gather, total.steps)), human_bytes(ratio(traffic.reduce, total.steps)))};
  if (traffic.quantised_all_gather > 0) {
    const std::int64_t count = parameter_count(plan.table, WeightRole::kQuantised);
    lines.push_back(fmt::format(
        "traffic    4-bit weights: {:.3f} bytes x {} parameters all-gathered per forward or backward pass",
        ratio(traffic.quantised_all_gather, total.passes * count), human_count(count)));
  }
  return lines;
}

}  // namespace hone
