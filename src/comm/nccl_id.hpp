#pragma once

#include <string>

#include "comm/communicator.hpp"

namespace hone {

/// "2.28.9", or "none" in a build without CUDA. Needs no GPU.
std::string nccl_library_version();

/// The bytes of an ncclUniqueId that rank 0 made, on every rank. All ranks call it together; needs no GPU.
/// Throws Error(kRunTimeFailure).
std::string share_nccl_id(Communicator& host);

}  // namespace hone
