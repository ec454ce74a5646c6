#pragma once

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace hone {

/// "2.28.9", or "none" in a build without CUDA. Needs no GPU.
std::string nccl_library_version();

/// The bytes of an ncclUniqueId that rank 0 made, on every rank. All ranks call it together; needs no GPU.
/// Throws Error(kRunTimeFailure).
std::string share_nccl_id(Communicator& host);

/// What NCCL finds on this host.
struct NcclSurroundings {
  std::vector<std::string> variables;   // NCCL_* of the environment as NAME=VALUE, sorted
  std::vector<std::string> infiniband;  // devices, sorted
};
NcclSurroundings nccl_surroundings();

/// "NCCL 2.28.9; InfiniBand mlx5_0, mlx5_1; NCCL_SOCKET_IFNAME=hsn0": its version, the network it has between
/// hosts, what the user set.
std::string describe(const NcclSurroundings& surroundings, const std::string& version);

}  // namespace hone
