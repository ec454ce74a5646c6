#include "comm/nccl_info.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace hone {

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
