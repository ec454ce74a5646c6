#include "comm/stall.hpp"

#include <algorithm>

namespace hone {
namespace {

double idle(const RankState& rank) { return rank.silent + (rank.inside ? 0 : rank.stalled); }

// The rank that has waited longest, of those whose word is recent.
int longest_waiting(std::span<const RankState> ranks, double timeout) {
  int found = -1;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (!ranks[i].inside || ranks[i].silent >= timeout || ranks[i].waited < timeout) continue;
    if (found < 0 || ranks[i].waited > ranks[static_cast<std::size_t>(found)].waited)
      found = static_cast<int>(i);
  }
  return found;
}

// Whether all that a device's collective waits for is the links: no rank's device is still computing towards
// it while its thread waits elsewhere.
bool all_have_arrived(std::span<const RankState> ranks, const RankState& waiter) {
  return std::all_of(ranks.begin(), ranks.end(),
                     [&](const RankState& rank) { return rank.on_device || rank.entered >= waiter.entered; });
}

}  // namespace

std::optional<Stall> find_stall(std::span<const RankState> ranks, double timeout) {
  const int waiting = longest_waiting(ranks, timeout);
  if (waiting < 0) return std::nullopt;
  const RankState& waiter = ranks[static_cast<std::size_t>(waiting)];
  Stall stall{waiting, {}};
  bool behind_any = false;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const bool behind = !ranks[i].inside && ranks[i].entered < waiter.entered;
    behind_any = behind_any || behind;
    if (ranks[i].silent >= timeout || (behind && idle(ranks[i]) >= timeout))
      stall.late.push_back(static_cast<int>(i));
  }
  std::stable_sort(stall.late.begin(), stall.late.end(), [&](int a, int b) {
    return idle(ranks[static_cast<std::size_t>(a)]) > idle(ranks[static_cast<std::size_t>(b)]);
  });
  if (!stall.late.empty()) return stall;
  const double patience = waiter.on_device && all_have_arrived(ranks, waiter) ? 1 : kBusyPatience;
  if (!behind_any && waiter.waited >= patience * timeout) return stall;
  return std::nullopt;
}

}  // namespace hone
