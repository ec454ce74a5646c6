#include "checkpoint/merged_model.hpp"

#include <algorithm>
#include <utility>

#include "adapter/four_bit_round_trip.hpp"
#include "adapter/lora_table.hpp"
#include "adapter/low_rank_update.hpp"
#include "base/error.hpp"

namespace hone {
namespace {

template <typename Reader>
void read_whole(const Reader& reader, const WeightPart& part, std::vector<float>& values) {
  values.resize(static_cast<std::size_t>(part.numel()));
  reader.read_range(part, 0, part.numel(), values.data());
}

}  // namespace

std::vector<UnitSpec> unjoined(const std::vector<UnitSpec>& table) {
  std::vector<UnitSpec> result;
  for (const UnitSpec& unit : table) {
    result.push_back({unit.name, {}});
    for (const WeightSpec& weight : unit.weights) {
      for (const WeightPart& part : weight.parts) result.back().weights.push_back(stacked(part.name, {part}));
    }
  }
  return result;
}

MergedModel::MergedModel(const ModelReader& base, const AdapterReader& adapter, Options options)
    : base_(base), adapter_(adapter), options_(std::move(options)) {}

void MergedModel::read(const WeightSpec& weight, std::vector<float>& values) {
  HONE_ASSERT(weight.parts.size() == 1);
  const WeightPart& part = weight.parts.front();
  if (adapter_.holds(part)) {
    read_whole(adapter_, part, values);
    ++summary_.replaced;
    return;
  }
  read_whole(base_, part, values);
  if (options_.quantised && weight.role == WeightRole::kQuantised) {
    round_trip_four_bits(*options_.quantised, values.data(), part.numel(), options_.threads);
    ++summary_.quantised;
  }
  add_adapter(part, values);
}

void MergedModel::add_adapter(const WeightPart& part, std::vector<float>& values) {
  const auto pair = adapter_on(part, options_.lora);
  if (!pair) return;
  ++summary_.merged;
  summary_.changed_elements += part.numel();
  read_whole(adapter_, pair->a, a_);
  read_whole(adapter_, pair->b, b_);
  if (std::all_of(b_.begin(), b_.end(), [](float value) { return value == 0; })) {
    ++summary_.idle;
    return;
  }
  const LowRankFactors factors{a_.data(), b_.data(), options_.lora.rank,
                               static_cast<float>(options_.lora.scaling())};
  const WeightChange change =
      add_low_rank(factors, part.shape[0], part.shape[1], values.data(), options_.threads);
  summary_.change_sum += change.sum;
  if (change.largest > summary_.largest_change) {
    summary_.largest_change = change.largest;
    summary_.most_changed = part.name;
  }
}

}  // namespace hone
