#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace hone {

/// The special tokens of a tokenizer folder by the names that templates know (`bos_token`, `eos_token`, ...):
/// from tokenizer_config.json, then special_tokens_map.json. Throws Error(kData) for a file that is no JSON.
std::vector<std::pair<std::string, std::string>> special_tokens(const std::filesystem::path& folder);

}  // namespace hone
