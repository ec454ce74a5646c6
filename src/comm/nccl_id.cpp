#include "comm/nccl_id.hpp"

#include <fmt/format.h>

#include "comm/cuda_error.hpp"

namespace hone {

std::string nccl_library_version() {
  int version = 0;
  if (ncclGetVersion(&version) != ncclSuccess) return "unknown";
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

std::string share_nccl_id(Communicator& host) {
  ncclUniqueId id{};
  if (host.rank() == 0) check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
  host.broadcast({id.internal, static_cast<std::int64_t>(sizeof id.internal), DType::kUInt8}, 0).wait();
  return {id.internal, sizeof id.internal};
}

}  // namespace hone
