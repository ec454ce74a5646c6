#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace hone {

/// SHA-256 of FOLDER/tokenizer.json. Throws Error(kData) when there is none.
std::string tokenizer_sha256(const std::filesystem::path& folder);

/// The folder's default chat template: chat_template.jinja, else the chat_template field of
/// tokenizer_config.json (text, or the entry named "default" of a list); "" when it has none.
std::string chat_template_text(const std::filesystem::path& folder);

/// `max_position_embeddings` of FOLDER/config.json, in tokens; nothing where the folder has no such file or
/// the file no such field. Throws Error(kData) when the file can't be read or the field is no whole number.
std::optional<std::int64_t> max_position_embeddings(const std::filesystem::path& folder);

}  // namespace hone
