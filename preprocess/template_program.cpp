#include "preprocess/template_program.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "base/error.hpp"
#include "base/json.hpp"
#include "dataset/model_identity.hpp"
#include "preprocess/special_tokens.hpp"

namespace hone {
namespace {

Json json_or_null(const std::filesystem::path& path) {
  return std::filesystem::is_regular_file(path) ? read_json_file(path) : Json();
}

std::vector<std::pair<std::string, jinja::Value>> special_token_values(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, jinja::Value>> values;
  for (const auto& [name, text] : special_tokens(folder)) values.emplace_back(name, jinja::Value::text(text));
  return values;
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
  const std::optional<std::string> given = source_date_epoch();
  if (!given) {
    localtime_r(&now, &result);
    return result;
  }
  const std::string& text = *given;
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

std::optional<std::string> source_date_epoch() {
  const char* const given = std::getenv("SOURCE_DATE_EPOCH");
  return given == nullptr || *given == '\0' ? std::nullopt : std::optional<std::string>(given);
}

TemplateProgram folder_template(const std::filesystem::path& folder) {
  const std::string text = chat_template_text(folder), tools = tool_template_text(folder);
  const std::string what = fmt::format("the chat template of {}", folder.string());
  if (text.empty() && !std::filesystem::is_directory(folder)) {
    fail_data(fmt::format("--tokenizer {} is no folder", folder.string()), "",
              "give a Hugging Face model folder with a fast tokenizer");
  }
  if (text.empty()) {
    fail_data(what + " is missing", "the folder has neither chat_template.jinja nor a 'chat_template' field",
              "choose --template qwen_sft, --template chatml with --system_prompt, --template FILE.jinja, or "
              "--format text");
  }
  TemplateProgram program{parsed(text, what), std::nullopt, special_token_values(folder), moment()};
  if (!tools.empty()) program.with_tools.emplace(parsed(tools, what + " for tools"));
  return program;
}

bool is_template_file(const std::filesystem::path& choice) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(choice, ignored);
}

TemplateProgram file_template(const std::filesystem::path& file, const std::filesystem::path& folder) {
  if (!is_template_file(file)) {
    fail_usage(fmt::format("--template {} is not a file", file.string()), "",
               "choose auto, jinja, qwen_sft, chatml, none, or a template file");
  }
  return {parsed(read_text_file(file), file.string()), std::nullopt, special_token_values(folder), moment()};
}

}  // namespace hone
