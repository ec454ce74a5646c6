#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "preprocess/template_program.hpp"

namespace hone {

/// How conversations are rendered: by a built-in member of the ChatML family, by running a Jinja template, or
/// by the first where a conversation is plain text and by the second where it isn't.
struct ChatTemplate {
  std::string name;                           // qwen_sft, chatml, qwen3, jinja, or the name of a file
  std::optional<std::string> default_system;  // put in front where the first turn is not a system turn
  bool newline_after_last = true;             // after the last <|im_end|>
  bool empty_thinking = false;  // Qwen3: answers after the last question begin with an empty think block
  std::string model_template_sha256;  // of the folder's template; "" where the rendering doesn't depend on it
  bool built_in = true;
  std::shared_ptr<TemplateProgram> program = nullptr;  // null: built-in only
};

/// `choice` is auto, jinja, qwen_sft, chatml, none (which renders nothing) or the path of a template;
/// `system_prompt`, where given, replaces the default system text ("" = an empty system turn). `auto` runs
/// the folder's template unless it is one that a built-in equals. Throws Error(kUsage) for another choice,
/// Error(kData) for a template that is missing or not understood.
ChatTemplate choose_template(const std::string& choice, const std::filesystem::path& model_folder,
                             const std::optional<std::string>& system_prompt);

}  // namespace hone
