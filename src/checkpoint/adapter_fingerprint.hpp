#pragma once

#include <filesystem>
#include <string>

namespace hone {

/// SHA-256 of a PEFT adapter folder's weights and configuration, all of them. Throws Error(kData).
std::string adapter_fingerprint(const std::filesystem::path& folder);

}  // namespace hone
