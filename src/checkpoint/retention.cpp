#include "checkpoint/retention.hpp"

#include <algorithm>

namespace hone {

std::vector<std::int64_t> checkpoints_to_remove(std::vector<std::int64_t> steps, std::int64_t limit,
                                                std::int64_t newest, std::optional<std::int64_t> best) {
  if (limit <= 0) return {};
  std::sort(steps.begin(), steps.end());
  std::int64_t excess = static_cast<std::int64_t>(steps.size()) - limit;
  std::vector<std::int64_t> removed;
  for (const std::int64_t step : steps) {
    if (excess <= 0) break;
    if (step == newest || step == best) continue;
    removed.push_back(step);
    --excess;
  }
  return removed;
}

}  // namespace hone
