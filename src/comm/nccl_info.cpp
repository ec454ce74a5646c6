#include "comm/nccl_info.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"

#ifdef HONE_CUDA
#include "comm/cuda_error.hpp"
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

std::string share_nccl_id(Communicator& host) {
#ifdef HONE_CUDA
  ncclUniqueId id{};
  if (host.rank() == 0) check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
  host.broadcast({id.internal, static_cast<std::int64_t>(sizeof id.internal), DType::kUInt8}, 0).wait();
  return {id.internal, sizeof id.internal};
#else
  (void)host;
  fail_assertion("a build with CUDA", __FILE__, __LINE__);
#endif
}

NcclSurroundings nccl_surroundings() {
  NcclSurroundings found;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::strncmp(*variable, "NCCL_", 5) == 0) found.variables.emplace_back(*variable);
  }
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/class/infiniband", ignored))
    found.infiniband.push_back(entry.path().filename().string());
  std::sort(found.variables.begin(), found.variables.end());
  std::sort(found.infiniband.begin(), found.infiniband.end());
  return found;
}

std::string describe(const NcclSurroundings& surroundings, const std::string& version) {
  std::string text = fmt::format("NCCL {}; ", version);
  text += surroundings.infiniband.empty()
              ? "no InfiniBand device, so sockets between hosts"
              : fmt::format("InfiniBand {}", fmt::join(surroundings.infiniband, ", "));
  if (!surroundings.variables.empty()) text += fmt::format("; {}", fmt::join(surroundings.variables, " "));
  return text;
}

}  // namespace hone
