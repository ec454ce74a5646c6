#pragma once

namespace hone {

/// Compute threads for one of `local_ranks` ranks on a host: its own cores where the launcher bound it to
/// some, its share of all where it did not.
int compute_threads(int affinity, int host, int local_ranks);

}  // namespace hone
