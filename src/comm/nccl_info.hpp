#pragma once

#include <string>
#include <vector>

namespace hone {

/// What NCCL finds on this host; which network it takes, a plugin's too, it decides for itself.
struct NcclSurroundings {
  std::vector<std::string> variables;   // NCCL_* of the environment as NAME=VALUE, sorted
  std::vector<std::string> infiniband;  // devices, sorted
};
NcclSurroundings nccl_surroundings();

/// "NCCL 2.28.9; InfiniBand devices on this host: mlx5_0, mlx5_1; NCCL_SOCKET_IFNAME=hsn0": its version, the
/// devices, what the user set; how to see which network it takes, where the user has not asked for that.
std::string describe(const NcclSurroundings& surroundings, const std::string& version);

}  // namespace hone
