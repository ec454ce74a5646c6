#include "comm/hosts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hone {
namespace {

constexpr std::size_t kShownHosts = 4;

template <typename Count>
std::string counted(Count count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// "rank 3", "ranks 0-3", "ranks 0-3, 8-11": runs of neighbours.
std::string shown_ranks(const std::vector<int>& ranks) {
  std::vector<std::string> runs;
  for (std::size_t begin = 0, end = 0; begin < ranks.size(); begin = end) {
    while (end < ranks.size() && ranks[end] - ranks[begin] == static_cast<int>(end - begin)) ++end;
    runs.push_back(end - begin == 1 ? fmt::format("{}", ranks[begin])
                                    : fmt::format("{}-{}", ranks[begin], ranks[end - 1]));
  }
  return fmt::format("rank{} {}", ranks.size() == 1 ? "" : "s", fmt::join(runs, ", "));
}

}  // namespace

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

std::vector<Host> gather_hosts(Communicator& comm, const std::string& own_name, int own_cores) {
  std::vector<Host> hosts = hosts_of(comm.gather_strings(own_name));
  const std::vector<std::string> cores = comm.gather_strings(std::to_string(own_cores));
  for (Host& host : hosts) host.cores = std::stoi(cores[static_cast<std::size_t>(host.ranks.front())]);
  return hosts;
}

std::string describe(const std::vector<Host>& hosts) {
  std::vector<std::string> shown;
  std::size_t ranks = 0;
  for (const Host& host : hosts) {
    ranks += host.ranks.size();
    if (shown.size() < kShownHosts) {
      shown.push_back(
          fmt::format("{} ({}, {})", host.name, shown_ranks(host.ranks), counted(host.cores, "core")));
    }
  }
  const std::size_t left = hosts.size() - shown.size();
  return fmt::format("{} on {}: {}{}", counted(ranks, "rank"), counted(hosts.size(), "host"),
                     fmt::join(shown, ", "), left > 0 ? fmt::format(" and {} more", left) : "");
}

}  // namespace hone
