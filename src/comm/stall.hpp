#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hone {

/// A rank that computes or writes files is given so many times the time-out before it counts as hung, and so
/// are data on their way between hosts when every rank has arrived. Devices stream theirs: a collective that
/// takes them the time-out has lost a link.
inline constexpr double kBusyPatience = 10;

/// What is known of one rank.
struct RankState {
  double silent = 0;          // seconds since its last report
  std::uint64_t entered = 0;  // collectives it has entered
  bool inside = false;        // it is in the last of them
  bool on_device = false;     // and that one, or one before it, runs on a device
  double waited = 0;          // seconds there
  double stalled = 0;         // seconds outside without progress; busy ones count by 1 / kBusyPatience
  std::string collective, work;
};

/// Why a job does not go on: `waiting` waits in a collective for `late`, worst first. An empty `late` means
/// that every rank has arrived.
struct Stall {
  int waiting = 0;
  std::vector<int> late;
};

/// Whether some rank has waited for `timeout` seconds in a collective, and a rank that is behind it has gone
/// as long without progress, or any has gone as long without a report; or none is behind: at once
/// where that is on a device which every rank has entered, otherwise after kBusyPatience times as long.
std::optional<Stall> find_stall(std::span<const RankState> ranks, double timeout);

}  // namespace hone
