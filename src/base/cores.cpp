#include "base/cores.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>

namespace hone {

int affinity_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : host_cores();
}

int compute_threads(int affinity, int host, int local_ranks) {
  return affinity < host ? std::max(1, affinity) : std::max(1, host / std::max(1, local_ranks));
}

int host_cores() { return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)); }

}  // namespace hone
