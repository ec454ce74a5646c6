#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace hone {

/// Copies the tokenizer and template files of a model folder, byte for byte.
void copy_tokenizer_files(const std::filesystem::path& from, const std::filesystem::path& to);

/// Copies what a model folder holds beside its weights: tokenizer and template files byte for byte,
/// config.json with its dtype set to `dtype` ("bfloat16", ...), generation_config.json with `turn_end_id`
/// among its stop ids (-1: as it is).
void copy_side_files(const std::filesystem::path& from, const std::filesystem::path& to,
                     const std::string& dtype, std::int64_t turn_end_id);

}  // namespace hone
