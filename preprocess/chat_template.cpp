#include "preprocess/chat_template.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/error.hpp"
#include "base/sha256.hpp"
#include "dataset/model_identity.hpp"

namespace hone {
namespace {

constexpr const char* kQwenSftSystem = "You are a helpful assistant.";

bool contains_all(const std::string& text, const std::vector<const char*>& fragments) {
  for (const char* fragment : fragments) {
    if (text.find(fragment) == std::string::npos) return false;
  }
  return true;
}

// Jinja strings may spell a line break as \n or hold one.
std::string with_escaped_newlines(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

// The whole of the stock Qwen2 and SmolLM2 template, which differ in the default system text alone.
std::optional<std::string> default_system_of_plain(const std::string& text) {
  const std::string head =
      "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\n";
  const std::string tail =
      "<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
      "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
  const std::string flat = with_escaped_newlines(text);
  if (flat.size() < head.size() + tail.size() || !flat.starts_with(head) || !flat.ends_with(tail)) return std::nullopt;
  const std::string system = flat.substr(head.size(), flat.size() - head.size() - tail.size());
  return system.find_first_of("'{}\\") == std::string::npos ? std::optional(system) : std::nullopt;
}

bool is_qwen25(const std::string& text) {
  return contains_all(text, {"{{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\\n' }}",
                             "{{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}",
                             "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}"}) &&
         text.find("think") == std::string::npos;
}

bool is_qwen3(const std::string& text) {
  return contains_all(text, {"{{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}", "ns.last_query_index",
                             "'\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}",
                             "{%- if loop.last or (not loop.last and reasoning_content) %}",
                             "enable_thinking is defined and enable_thinking is false"});
}

std::optional<ChatTemplate> recognise(const std::string& text) {
  ChatTemplate result{"chatml", std::nullopt, true, false, sha256_of(text)};
  if (const auto system = default_system_of_plain(text)) {
    result.default_system = system;
  } else if (is_qwen25(text)) {
    result.default_system = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";
  } else if (is_qwen3(text)) {
    result.name = "qwen3";
    result.empty_thinking = true;
  } else {
    return std::nullopt;
  }
  return result;
}

[[noreturn]] void refuse_unknown(const std::filesystem::path& folder, bool missing) {
  fail_data(fmt::format("the chat template of {} is {}", folder.string(), missing ? "missing" : "not one this version knows"),
            "known: the stock ones of Qwen2, Qwen2.5, Qwen3 and SmolLM2",
            "choose --template qwen_sft, or --template chatml with --system_prompt");
}

}  // namespace

ChatTemplate choose_template(const std::string& choice, const std::filesystem::path& model_folder,
                             const std::optional<std::string>& system_prompt) {
  ChatTemplate result;
  if (choice == "qwen_sft") {
    result = {"qwen_sft", kQwenSftSystem, false, false, ""};
  } else if (choice == "auto" || choice == "chatml") {
    const std::string text = chat_template_text(model_folder);
    const auto known = recognise(text);
    if (choice == "auto") {
      if (!known) refuse_unknown(model_folder, text.empty());
      result = *known;
    } else {
      // The stock rendering needs the folder's template only for its default system turn.
      if (!known && !text.empty() && !system_prompt) refuse_unknown(model_folder, false);
      result = {"chatml", known ? known->default_system : std::nullopt, true, false,
                known && !system_prompt ? known->model_template_sha256 : ""};
    }
  } else if (choice.ends_with(".jinja")) {
    fail_usage(fmt::format("--template {} is not supported yet", choice), "this version runs no Jinja templates",
               "choose auto, qwen_sft or chatml");
  } else {
    fail_usage(fmt::format("--template {} is unknown", choice), "", "choose auto, qwen_sft or chatml");
  }
  if (system_prompt) result.default_system = *system_prompt;
  return result;
}

}  // namespace hone
