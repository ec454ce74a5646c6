#pragma once

namespace hone {

/// Cores that this process may run on (its affinity mask).
int affinity_cores();
/// Cores of this host that are online.
int host_cores();

/// The most threads a --threads may ask for: beyond any host, and too few to exhaust one's memory.
inline constexpr int kMostThreads = 1024;

}  // namespace hone
