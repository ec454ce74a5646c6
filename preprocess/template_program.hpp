#pragma once

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "preprocess/jinja/template.hpp"

namespace hone {

/// A chat template to run, and what it is told besides the conversation.
struct TemplateProgram {
  jinja::Template main;
  std::optional<jinja::Template> with_tools;                         // used where a conversation has tools
  std::vector<std::pair<std::string, jinja::Value>> special_tokens;  // bos_token, eos_token, ...
  std::tm now{};                                                     // what strftime_now tells
};

/// SOURCE_DATE_EPOCH, the moment that a template is told; nothing where it is unset or empty.
std::optional<std::string> source_date_epoch();

/// The template of a model folder, with its special tokens: chat_template.jinja, or the `chat_template` of
/// tokenizer_config.json, as text or as a list with `default` and maybe `tool_use` (which may also be
/// additional_chat_templates/tool_use.jinja). Throws Error(kData) for a
/// template that is missing or not understood, naming line and column.
TemplateProgram folder_template(const std::filesystem::path& folder);
/// Whether a --template names a file, which it need not: it may be a word, or no path at all.
bool is_template_file(const std::filesystem::path& choice);
/// The template of a file, with a folder's special tokens. Throws Error(kUsage) when there is no such file.
TemplateProgram file_template(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace hone
