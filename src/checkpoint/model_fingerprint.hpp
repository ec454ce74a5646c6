#pragma once

#include <filesystem>
#include <string>

namespace hone {

/// Tells one model folder from another without reading all of it: config.json (but for what saving again
/// changes: the library's version, the folder's name), and of every tensor its name, type, shape and values:
/// all of them up to 32 KiB, else eight pieces of 4 KiB with head and tail among them. How the tensors are
/// spread over files does not matter. "v1:", which names these rules, and a SHA-256. Throws Error(kData).
std::string model_fingerprint(const std::filesystem::path& folder);

/// Whether a recorded fingerprint is of the kind that model_fingerprint() makes; others can't be compared.
bool is_model_fingerprint(const std::string& text);

}  // namespace hone
