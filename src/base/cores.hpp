#pragma once

#include <bitset>
#include <cstddef>
#include <span>

namespace hone {

/// Cores of a host, by number.
using CoreSet = std::bitset<1024>;

/// Those that this process may run on (its affinity mask).
CoreSet own_cores();
/// Those that a process here could be let run on, whatever a launcher bound it to: the host's, less what a
/// container or a batch system keeps for others.
CoreSet host_cores();

/// Compute threads for rank `rank` of a host, whose ranks may run on the cores in `ranks`: its own cores,
/// shared among the ranks that have the very same.
int compute_threads(std::span<const CoreSet> ranks, std::size_t rank);

/// The cores that a host's ranks could use if their launcher let them: those of the `host`, unless several
/// ranks have the very same, which are then what the job was given.
CoreSet usable_cores(std::span<const CoreSet> ranks, const CoreSet& host);

/// The most threads a --threads may ask for: beyond any host, and too few to exhaust one's memory.
inline constexpr int kMostThreads = 1024;

}  // namespace hone
