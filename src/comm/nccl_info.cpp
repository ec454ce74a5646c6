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
  const std::vector<std::string>& set = surroundings.variables;
  std::string text = fmt::format("NCCL {}; ", version);
  text += surroundings.infiniband.empty()
              ? "no InfiniBand device on this host"
              : fmt::format("InfiniBand devices on this host: {}", fmt::join(surroundings.infiniband, ", "));
  if (!set.empty()) text += fmt::format("; {}", fmt::join(set, " "));
  const auto tells = [](const std::string& variable) { return variable.starts_with("NCCL_DEBUG="); };
  if (std::none_of(set.begin(), set.end(), tells)) text += "; NCCL_DEBUG=INFO shows which network it takes";
  return text;
}

}  // namespace hone
