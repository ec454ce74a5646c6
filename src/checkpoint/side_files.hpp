#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hone {

/// Reads everything that copy_side_files() will read, so that a run learns of a bad file before it trains.
/// Returns what is odd and will be copied all the same, a line each (sampling settings without sampling, a
/// missing tokenizer_config.json). Throws Error(kData) naming a file that can't be read or is malformed.
std::vector<std::string> check_side_files(const std::filesystem::path& from);

/// Bytes of the tokenizer and template files of a model folder.
std::int64_t tokenizer_file_bytes(const std::filesystem::path& folder);

/// Copies the tokenizer and template files of a model folder, byte for byte, and removes those that `to` has
/// from an earlier model.
void copy_tokenizer_files(const std::filesystem::path& from, const std::filesystem::path& to);

/// Copies what a model folder holds beside its weights: tokenizer and template files byte for byte,
/// config.json with its dtype set to `dtype` ("bfloat16", ...), generation_config.json with `turn_end_id`
/// among its stop ids (-1: as it is).
void copy_side_files(const std::filesystem::path& from, const std::filesystem::path& to,
                     const std::string& dtype, std::int64_t turn_end_id);

}  // namespace hone
