#include "preprocess/special_tokens.hpp"

#include <algorithm>
#include <optional>

#include "base/json.hpp"

namespace hone {
namespace {

// A special token is its text, or an object with that.
std::optional<std::string> token_text(const Json& token) {
  if (token.is_string()) return token.get<std::string>();
  if (token.is_object() && token.contains("content") && token["content"].is_string())
    return token["content"].get<std::string>();
  return std::nullopt;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> special_tokens(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> tokens;
  const auto add = [&](const Json& named) {
    if (!named.is_object()) return;
    for (const auto& [name, token] : named.items()) {
      const auto text = token_text(token);
      const bool known = std::any_of(tokens.begin(), tokens.end(),
                                     [&name = name](const auto& other) { return other.first == name; });
      if (text && name.ends_with("_token") && !known) tokens.emplace_back(name, *text);
    }
  };
  for (const char* file : {"tokenizer_config.json", "special_tokens_map.json"}) {
    if (!std::filesystem::is_regular_file(folder / file)) continue;
    const Json json = read_json_file(folder / file);
    add(json);
    if (json.is_object() && json.contains("extra_special_tokens")) add(json["extra_special_tokens"]);
  }
  return tokens;
}

}  // namespace hone
