#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace hone {

/// A host of the job and the ranks on it, ascending.
struct Host {
  std::string name;
  std::vector<int> ranks;
  int cores = 0;
};

/// From each rank's host name, by rank; hosts in the order of their first ranks.
std::vector<Host> hosts_of(const std::vector<std::string>& name_of_rank);

/// The hosts of the job. All ranks call it together, each with name and cores of its own.
std::vector<Host> gather_hosts(Communicator& comm, const std::string& own_name, int own_cores);

/// "4 ranks on 2 hosts: n1 (ranks 0-1, 16 cores), n2 (ranks 2-3, 16 cores)"; of many hosts the first few.
std::string describe(const std::vector<Host>& hosts);

}  // namespace hone
