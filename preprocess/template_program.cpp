#include "preprocess/template_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/error.hpp"
#include "base/json.hpp"
#include "dataset/model_identity.hpp"

namespace hone {
namespace {

Json json_or_null(const std::filesystem::path& path) {
  return std::filesystem::is_regular_file(path) ? read_json_file(path) : Json();
}

// A special token is its text, or an object with that.
std::optional<std::string> token_text(const Json& token) {
  if (token.is_string()) return token.get<std::string>();
  if (token.is_object() && token.contains("content") && token["content"].is_string())
    return token["content"].get<std::string>();
  return std::nullopt;
}

std::vector<std::pair<std::string, jinja::Value>> special_tokens_of(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, jinja::Value>> tokens;
  const auto add = [&](const Json& named) {
    if (!named.is_object()) return;
    for (const auto& [name, token] : named.items()) {
      const auto text = token_text(token);
      const bool known = std::any_of(tokens.begin(), tokens.end(),
                                     [&name = name](const auto& other) { return other.first == name; });
      if (text && name.ends_with("_token") && !known) tokens.emplace_back(name, jinja::Value::text(*text));
    }
  };
  const Json config = json_or_null(folder / "tokenizer_config.json");
  add(config);
  if (config.is_object() && config.contains("extra_special_tokens")) add(config["extra_special_tokens"]);
  add(json_or_null(folder / "special_tokens_map.json"));
  return tokens;
}

jinja::Template parsed(const std::string& text, const std::string& what) {
  try {
    return jinja::Template(text);
  } catch (const jinja::TemplateError& error) {
    fail_data(
        fmt::format("{} is not understood", what), error.with_place(),
        "choose --template qwen_sft or chatml, or give one that says the same as --template FILE.jinja");
  }
}

// One moment for all rows of a run; SOURCE_DATE_EPOCH makes it the same for runs on other days.
std::tm moment() {
  std::time_t now = std::time(nullptr);
  std::tm result{};
  const char* given = std::getenv("SOURCE_DATE_EPOCH");
  if (given == nullptr || *given == '\0') {
    localtime_r(&now, &result);
    return result;
  }
  const std::string text = given;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), now);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size())
    fail_usage(fmt::format("SOURCE_DATE_EPOCH is '{}'", text), "it must be seconds since 1970",
               "unset or mend it");
  gmtime_r(&now, &result);
  return result;
}

// The `tool_use` template of a folder that has several: beside chat_template.jinja, or in a named list.
std::string tool_template_text(const std::filesystem::path& folder) {
  if (std::filesystem::is_regular_file(folder / "chat_template.jinja")) {
    const auto file = folder / "additional_chat_templates" / "tool_use.jinja";
    return std::filesystem::is_regular_file(file) ? read_text_file(file) : "";
  }
  const Json config = json_or_null(folder / "tokenizer_config.json");
  if (!config.is_object() || !config.contains("chat_template") || !config["chat_template"].is_array())
    return "";
  for (const Json& entry : config["chat_template"]) {
    if (entry.is_object() && entry.value("name", "") == "tool_use") return entry.value("template", "");
  }
  return "";
}

}  // namespace

TemplateProgram folder_template(const std::filesystem::path& folder) {
  const std::string text = chat_template_text(folder), tools = tool_template_text(folder);
  const std::string what = fmt::format("the chat template of {}", folder.string());
  if (text.empty()) {
    fail_data(what + " is missing", "the folder has neither chat_template.jinja nor a 'chat_template' field",
              "choose --template qwen_sft, --template chatml with --system_prompt, or --template FILE.jinja");
  }
  TemplateProgram program{parsed(text, what), std::nullopt, special_tokens_of(folder), moment()};
  if (!tools.empty()) program.with_tools.emplace(parsed(tools, what + " for tools"));
  return program;
}

TemplateProgram file_template(const std::filesystem::path& file, const std::filesystem::path& folder) {
  if (!std::filesystem::is_regular_file(file)) {
    fail_usage(fmt::format("--template {} is not a file", file.string()), "",
               "choose auto, jinja, qwen_sft, chatml, or a template file");
  }
  return {parsed(read_text_file(file), file.string()), std::nullopt, special_tokens_of(folder), moment()};
}

}  // namespace hone
