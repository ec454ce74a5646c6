#include "inspect/settings.hpp"

#include <fmt/format.h>

#include "base/json.hpp"

namespace hone {

std::vector<Setting> settings_of(const Manifest& manifest) {
  const Manifest::Template& chat_template = manifest.chat_template;
  std::string name = chat_template.name;
  if (!chat_template.sha256.empty()) name += fmt::format(" (SHA-256 {})", chat_template.sha256);
  return {{"tokenizer", fmt::format("SHA-256 {}", manifest.tokenizer_sha256)},
          {"template", name},
          {"system", chat_template.system_prompt ? lossy_json(*chat_template.system_prompt) : "none"},
          {"loss", manifest.loss},
          {"thinking", manifest.thinking},
          {"max length", std::to_string(manifest.model_max_length)}};
}

}  // namespace hone
