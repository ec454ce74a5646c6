#include "preprocess/tokenizer/added_tokens.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace hone {

AddedTokens::AddedTokens(const Json& list) {
  for (const Json& json : list) {
    const AddedToken token{json.at("content").get<std::string>(), json.at("id").get<std::uint32_t>(),
                           json.value("special", false)};
    for (const char* flag : {"lstrip", "rstrip", "single_word"}) {
      if (json.value(flag, false)) {
        fail_data(fmt::format("tokenizer.json: added token '{}' has {}", token.content, flag),
                  "that is not supported", "use a Qwen or GPT-2 style byte-level tokenizer");
      }
    }
    if (token.content.empty()) continue;
    if (first_bytes_.find(token.content[0]) == std::string::npos) first_bytes_ += token.content[0];
    tokens_.push_back(token);
  }
  std::stable_sort(tokens_.begin(), tokens_.end(), [](const AddedToken& a, const AddedToken& b) {
    return a.content.size() > b.content.size();
  });
}

const AddedToken* AddedTokens::find(std::string_view text, std::size_t from, bool with_special,
                                    std::size_t& place) const {
  if (first_bytes_.empty()) return nullptr;
  // Most tokenizers' tokens all begin with '<', and looking for one byte is far faster than for one of a set.
  const auto next = [&](std::size_t start) {
    return first_bytes_.size() == 1 ? text.find(first_bytes_[0], start)
                                    : text.find_first_of(first_bytes_, start);
  };
  for (place = next(from); place != std::string_view::npos; place = next(place + 1)) {
    for (const AddedToken& token : tokens_) {
      if ((with_special || !token.special) && text.substr(place).starts_with(token.content)) return &token;
    }
  }
  return nullptr;
}

}  // namespace hone
