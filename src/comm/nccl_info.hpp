#pragma once

#include <string>

namespace hone {

/// "2.28.9", or "none" in a build without CUDA. Needs no GPU.
std::string nccl_library_version();

}  // namespace hone
