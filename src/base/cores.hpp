#pragma once

namespace hone {

/// Cores that this process may run on (its affinity mask).
int affinity_cores();
/// Cores of this host that are online.
int host_cores();

}  // namespace hone
