#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace hone {

/// A host of the job and the ranks on it, ascending.
struct Host {
  std::string name;
  std::vector<int> ranks;
};

/// From each rank's host name, by rank; hosts in the order of their first ranks.
std::vector<Host> hosts_of(const std::vector<std::string>& name_of_rank);

/// The hosts of the job. All ranks call it together, each with the name of its own.
std::vector<Host> gather_hosts(Communicator& comm, const std::string& own_name);

}  // namespace hone
