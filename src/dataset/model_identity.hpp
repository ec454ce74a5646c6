#pragma once

#include <filesystem>
#include <string>

namespace hone {

/// SHA-256 of FOLDER/tokenizer.json. Throws Error(kData) when there is none.
std::string tokenizer_sha256(const std::filesystem::path& folder);

/// The folder's default chat template: chat_template.jinja, else the chat_template field of
/// tokenizer_config.json (text, or the entry named "default" of a list); "" when it has none.
std::string chat_template_text(const std::filesystem::path& folder);

}  // namespace hone
