#pragma once

namespace hone {

/// Cores that this process may run on (its affinity mask).
int affinity_cores();
/// Cores of this host that are online.
int host_cores();

/// Compute threads for one of `local_ranks` ranks on a host: its own cores where the launcher bound it to
/// some, its share of all where it did not.
int compute_threads(int affinity, int host, int local_ranks);

/// The most threads a --threads may ask for: beyond any host, and too few to exhaust one's memory.
inline constexpr int kMostThreads = 1024;

}  // namespace hone
