#include "base/cores.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>

namespace hone {

static_assert(CoreSet().size() == CPU_SETSIZE);

CoreSet own_cores() {
  CoreSet cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (std::size_t core = 0; core < cores.size(); ++core) cores[core] = CPU_ISSET(core, &set);
  } else {  // more cores than a set holds
    const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
    for (std::size_t core = 0; core < cores.size(); ++core) cores[core] = static_cast<long>(core) < online;
  }
  return cores;
}

// The kernel gives a thread that asks for all cores those that it may have. A thread of its own asks, which
// leaves the others where they are.
CoreSet host_cores() {
  CoreSet cores;
  std::thread([&cores] {
    cpu_set_t all;
    std::memset(&all, 0xFF, sizeof all);
    ::sched_setaffinity(0, sizeof all, &all);
    cores = own_cores();
  }).join();
  return cores;
}

int compute_threads(std::span<const CoreSet> ranks, std::size_t rank) {
  const auto sharing = std::count(ranks.begin(), ranks.end(), ranks[rank]);
  return std::max(1, static_cast<int>(ranks[rank].count()) / static_cast<int>(sharing));
}

CoreSet usable_cores(std::span<const CoreSet> ranks, const CoreSet& host) {
  const auto same = std::count(ranks.begin(), ranks.end(), ranks.front());
  return same > 1 && static_cast<std::size_t>(same) == ranks.size() ? ranks.front() : host;
}

}  // namespace hone
