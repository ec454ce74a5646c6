#include "preprocess/chat_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "dataset/model_identity.hpp"

namespace hone {
namespace {

constexpr const char* kQwenSftSystem = "You are a helpful assistant.";

// SHA-256 of whole templates, without the one line break at the end that Jinja drops. A template with a
// single other character is another template: what it renders can't be known without running it.
constexpr const char* kQwen25WithoutSystem =
    "6c14865bcd87b706f964dd5e43851d194ec7bd8f1a1cfc688ff8dff3fcc271aa";
constexpr const char* kQwen3Templates[] = {
    "87a2728cb8dc9fe424d624542f6060ec05a1d285ebbec578bb078900e33396b5",   // first release
    "a55ee1b1660128b7098723e0abcd92caa0788061051c62d51cbe87d9cf1974d8"};  // later ones
constexpr const char* kQwen3Instruct2507 = "64f85b198065d0fba2a81f37e10ed68161ce2c19a754c7100e67e0ca2ee9c326";

std::string as_jinja_reads(std::string text) {
  text = replaced(text, "\r\n", "\n");
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

bool is_plain_text(std::string_view text) { return text.find_first_of("'{}\\") == std::string_view::npos; }

// The whole of the stock Qwen2 and SmolLM2 template, which differ in the default system text alone.
std::optional<std::string> default_system_of_plain(const std::string& text) {
  const std::string head =
      "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ "
      "'<|im_start|>system\\n";
  const std::string tail =
      "<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + "
      "'<|im_end|>' + '\\n'}}"
      "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
  const std::string flat = replaced(text, "\n", "\\n");  // a Jinja string may spell a line break or hold one
  if (flat.size() < head.size() + tail.size() || !flat.starts_with(head) || !flat.ends_with(tail))
    return std::nullopt;
  const std::string system = flat.substr(head.size(), flat.size() - head.size() - tail.size());
  return is_plain_text(system) ? std::optional(system) : std::nullopt;
}

// The whole of the Qwen2.5 template, whose releases (instruct, base, coder, math) differ in the default
// system text alone.
std::optional<std::string> default_system_of_qwen25(const std::string& text) {
  const std::string_view head = "{{- '<|im_start|>system\\n", tail = "<|im_end|>\\n' }}";
  const std::size_t at = text.rfind(head);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + head.size(), end = text.find(tail, begin);
  if (end == std::string::npos || end == begin) return std::nullopt;
  const std::string system = text.substr(begin, end - begin);
  if (!is_plain_text(system) || sha256_of(replaced(text, system, "")) != kQwen25WithoutSystem)
    return std::nullopt;
  return system;
}

std::optional<ChatTemplate> recognise(const std::string& raw) {
  const std::string text = as_jinja_reads(raw), hash = sha256_of(text);
  ChatTemplate result{"chatml", std::nullopt, true, false, sha256_of(raw)};
  if (const auto plain = default_system_of_plain(text)) {
    result.default_system = plain;
  } else if (const auto qwen25 = default_system_of_qwen25(text)) {
    result.default_system = qwen25;
  } else if (std::ranges::find(kQwen3Templates, hash) != std::end(kQwen3Templates)) {
    result.name = "qwen3";
    result.empty_thinking = true;
  } else if (hash != kQwen3Instruct2507) {
    return std::nullopt;
  }
  return result;
}

// The folder's own template, run.
ChatTemplate run_of_folder(const std::filesystem::path& folder) {
  return {"jinja",
          std::nullopt,
          true,
          false,
          sha256_of(chat_template_text(folder)),
          false,
          std::make_shared<TemplateProgram>(folder_template(folder))};
}

ChatTemplate plain_chatml(const std::filesystem::path& folder,
                          const std::optional<std::string>& system_prompt) {
  const std::string text = chat_template_text(folder);
  const auto known = recognise(text);
  // The stock rendering needs the folder's template only for its default system turn.
  if (!known && !text.empty() && !system_prompt) {
    fail_data(
        fmt::format("the default system turn of {} can't be read from its chat template", folder.string()),
        "it is none of those that --template chatml knows",
        "choose --template auto, or give --system_prompt");
  }
  return {"chatml", known ? known->default_system : std::nullopt, true, false,
          known && !system_prompt ? known->model_template_sha256 : ""};
}

}  // namespace

ChatTemplate choose_template(const std::string& choice, const std::filesystem::path& model_folder,
                             const std::optional<std::string>& system_prompt) {
  ChatTemplate result;
  if (choice == "none") {
    if (system_prompt)
      fail_usage("--system_prompt can't go with --template none", "plain text has no system turn",
                 "leave one out");
    return {"none", std::nullopt, true, false, "", false};
  }
  if (choice == "qwen_sft") {
    result = {"qwen_sft", kQwenSftSystem, false, false, ""};
  } else if (choice == "chatml") {
    result = plain_chatml(model_folder, system_prompt);
  } else if (choice == "auto" || choice == "jinja") {
    result = run_of_folder(model_folder);
    const auto known = choice == "auto" ? recognise(chat_template_text(model_folder)) : std::nullopt;
    if (known) {
      const auto program = result.program;
      result = *known;
      result.program = program;
    }
  } else if (choice.ends_with(".jinja") || is_template_file(choice)) {
    const std::filesystem::path file = choice;
    result = {file.filename().string(),
              std::nullopt,
              true,
              false,
              "",
              false,
              std::make_shared<TemplateProgram>(file_template(file, model_folder))};
  } else {
    fail_usage(fmt::format("--template {} is unknown", choice), "",
               "choose auto, jinja, qwen_sft, chatml, none, or a template file");
  }
  if (system_prompt) result.default_system = *system_prompt;
  return result;
}

}  // namespace hone
