#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace hone {

/// What training keeps of every element of a parameter.
enum class StateKind { kMaster, kExpAvg, kExpAvgSq };
inline constexpr std::array kStateKinds = {StateKind::kMaster, StateKind::kExpAvg, StateKind::kExpAvgSq};

/// Elements [offset, offset + count) of a named parameter, in its row-major order.
struct StateRange {
  std::string name;
  std::int64_t offset = 0;
  std::int64_t count = 0;

  bool operator==(const StateRange&) const = default;
};

/// The values of a range, fp32, `count` of each kind.
struct StateValues {
  StateRange range;
  std::array<const float*, kStateKinds.size()> values;  // by kind
};

/// Where a state file keeps a range: /NAME/OFFSET/master, .../exp_avg, .../exp_avg_sq.
std::string state_path(const StateRange& range, StateKind kind);

/// Bytes of one checkpoint's state files together, what HDF5 adds included. `ranges` counts those of all
/// ranks.
std::int64_t state_bytes(std::int64_t elements, std::int64_t ranges);

}  // namespace hone
