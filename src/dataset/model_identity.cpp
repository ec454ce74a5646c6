#include "dataset/model_identity.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"

namespace hone {

std::string tokenizer_sha256(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "tokenizer.json";
  if (!std::filesystem::is_regular_file(path)) {
    fail_data(fmt::format("{} holds no tokenizer", folder.string()), "tokenizer.json is missing",
              "give a Hugging Face model folder with a fast tokenizer");
  }
  return sha256_of_file(path);
}

std::string chat_template_text(const std::filesystem::path& folder) {
  if (std::filesystem::is_regular_file(folder / "chat_template.jinja"))
    return read_text_file(folder / "chat_template.jinja");
  if (!std::filesystem::is_regular_file(folder / "tokenizer_config.json")) return "";
  const std::filesystem::path path = folder / "tokenizer_config.json";
  const Json config = read_json_file(path);
  const auto found = config.find("chat_template");
  if (found == config.end() || found->is_null()) return "";
  if (found->is_string()) return found->get<std::string>();
  const std::string where = path.string() + ": chat_template";
  std::string text;
  for (const Json& entry : json_field<std::vector<Json>>(config, "chat_template", path.string())) {
    const auto name = json_field<std::string>(entry, "name", where);
    auto named = json_field<std::string>(entry, "template", where);
    if (name == "default") text = std::move(named);
  }
  return text;
}

std::optional<std::int64_t> max_position_embeddings(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  if (!std::filesystem::is_regular_file(path)) return std::nullopt;
  const Json config = read_json_file(path);
  const auto found = config.find("max_position_embeddings");
  if (found == config.end() || found->is_null()) return std::nullopt;
  return json_field<std::int64_t>(config, "max_position_embeddings", path.string());
}

}  // namespace hone
