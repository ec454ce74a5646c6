#include "comm/hosts.hpp"

#include <algorithm>

namespace hone {

std::vector<Host> hosts_of(const std::vector<std::string>& name_of_rank) {
  std::vector<Host> hosts;
  for (std::size_t rank = 0; rank < name_of_rank.size(); ++rank) {
    const std::string& name = name_of_rank[rank];
    auto host =
        std::find_if(hosts.begin(), hosts.end(), [&](const Host& known) { return known.name == name; });
    if (host == hosts.end()) host = hosts.insert(hosts.end(), {name, {}});
    host->ranks.push_back(static_cast<int>(rank));
  }
  return hosts;
}

std::vector<Host> gather_hosts(Communicator& comm, const std::string& own_name) {
  return hosts_of(comm.gather_strings(own_name));
}

}  // namespace hone
