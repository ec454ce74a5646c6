#include "checkpoint/state_range.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace hone {
namespace {

constexpr std::int64_t kBytesPerSet = 2600;  // what HDF5 keeps per data set and its group, about

const char* word(StateKind kind) {
  switch (kind) {
    case StateKind::kMaster: return "master";
    case StateKind::kExpAvg: return "exp_avg";
    case StateKind::kExpAvgSq: return "exp_avg_sq";
  }
  HONE_ASSERT(false);
  return "";
}

}  // namespace

std::string state_path(const StateRange& range, StateKind kind) {
  return fmt::format("/{}/{}/{}", range.name, range.offset, word(kind));
}

std::int64_t state_bytes(std::int64_t elements, std::int64_t ranges) {
  const auto kinds = static_cast<std::int64_t>(kStateKinds.size());
  return kinds * (elements * static_cast<std::int64_t>(sizeof(float)) + ranges * kBytesPerSet);
}

}  // namespace hone
