#pragma once

namespace hone {

/// Cores this process may run on (its affinity mask) and cores of the host.
int affinity_cores();
int host_cores();

/// Compute threads for one of `local_ranks` ranks on a host: its own cores where the launcher bound it to some, its share
/// of all where it did not.
int compute_threads(int affinity, int host, int local_ranks);

}  // namespace hone
