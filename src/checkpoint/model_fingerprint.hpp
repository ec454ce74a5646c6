#pragma once

#include <filesystem>
#include <string>

namespace hone {

/// SHA-256 that tells one model folder from another without reading all of it: config.json (but for what
/// saving again changes: the library's version, the folder's name), and of every safetensors file its name,
/// its size and 64 pieces of 4 KiB spread over it. Throws Error(kData).
std::string model_fingerprint(const std::filesystem::path& folder);

}  // namespace hone
