#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace hone {

/// How conversations are rendered: the built-in members of the ChatML family.
struct ChatTemplate {
  std::string name;                           // qwen_sft, chatml, qwen3
  std::optional<std::string> default_system;  // put in front where the first turn is not a system turn
  bool newline_after_last = true;             // after the last <|im_end|>
  bool empty_thinking = false;  // Qwen3: answers after the last question begin with an empty think block
  std::string model_template_sha256;  // of the folder's template; "" where the rendering doesn't depend on it
};

/// `choice` is auto, qwen_sft or chatml; `system_prompt`, where given, replaces the default system text ("" =
/// an empty system turn). Throws Error(kUsage) for another choice, Error(kData) when `auto` meets a template
/// it doesn't know.
ChatTemplate choose_template(const std::string& choice, const std::filesystem::path& model_folder,
                             const std::optional<std::string>& system_prompt);

}  // namespace hone
