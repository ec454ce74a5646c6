#include "preprocess/tokenizer/added_tokens.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace hone {

AddedTokens::AddedTokens(const Json& list, const std::function<std::string(std::string_view)>& normalise) {
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
    const bool normalised = json.value("normalized", !token.special);
    Patterns& stage = normalised ? normalised_ : raw_;
    const std::string text = normalised ? normalise(token.content) : token.content;
    if (stage.first_bytes.find(text[0]) == std::string::npos) stage.first_bytes += text[0];
    stage.by_length.push_back({text, token.id, token.special});
    tokens_.push_back(token);
  }
  for (Patterns* stage : {&raw_, &normalised_}) {
    std::stable_sort(stage->by_length.begin(), stage->by_length.end(),
                     [](const Pattern& a, const Pattern& b) { return a.text.size() > b.text.size(); });
  }
}

bool AddedTokens::is_special(std::uint32_t id) const {
  return std::any_of(tokens_.begin(), tokens_.end(),
                     [&](const AddedToken& token) { return token.id == id && token.special; });
}

namespace {

bool overlaps(std::span<const TextSpan> spans, std::size_t begin, std::size_t end) {
  const auto first = std::lower_bound(spans.begin(), spans.end(), begin,
                                      [](const TextSpan& span, std::size_t at) { return span.end <= at; });
  return first != spans.end() && first->begin < end;
}

}  // namespace

std::optional<AddedTokens::Match> AddedTokens::find(Stage stage, std::string_view text, std::size_t from,
                                                    std::span<const TextSpan> literal) const {
  const std::vector<Pattern>& by_length = patterns(stage).by_length;
  const std::string& first_bytes = patterns(stage).first_bytes;
  if (first_bytes.empty()) return std::nullopt;
  // Most tokenizers' tokens all begin with '<', and looking for one byte is far faster than for one of a set.
  const auto next = [&](std::size_t start) {
    return first_bytes.size() == 1 ? text.find(first_bytes[0], start)
                                   : text.find_first_of(first_bytes, start);
  };
  for (std::size_t place = next(from); place != std::string_view::npos; place = next(place + 1)) {
    for (const Pattern& pattern : by_length) {
      const std::size_t end = place + pattern.text.size();
      if (text.substr(place).starts_with(pattern.text) && !(pattern.special && overlaps(literal, place, end)))
        return Match{pattern.id, place, end};
    }
  }
  return std::nullopt;
}

}  // namespace hone
