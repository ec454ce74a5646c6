#include "comm/nccl_info.hpp"

#ifdef HONE_CUDA
#include <fmt/format.h>
#include <nccl.h>
#endif

namespace hone {

std::string nccl_library_version() {
#ifdef HONE_CUDA
  int version = 0;
  if (ncclGetVersion(&version) != ncclSuccess) return "unknown";
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
#else
  return "none";
#endif
}

}  // namespace hone
