#include "preprocess/tokenizer/added_token_ids.hpp"

#include <fmt/format.h>

#include <optional>
#include <unordered_map>

#include "base/error.hpp"

namespace hone {

void require_ids_that_are_given(std::span<const AddedToken> tokens,
                                std::span<const std::pair<std::string_view, std::uint32_t>> vocabulary) {
  std::unordered_map<std::string_view, std::optional<std::uint32_t>> known;
  for (const AddedToken& token : tokens) known[token.content] = std::nullopt;
  for (const auto& [entry, id] : vocabulary) {
    if (const auto found = known.find(entry); found != known.end()) found->second = id;
  }
  auto next = static_cast<std::uint32_t>(vocabulary.size());
  for (const AddedToken& token : tokens) {
    std::optional<std::uint32_t>& id = known[token.content];
    if (!id) id = next++;
    if (token.id == *id) continue;
    fail_data(fmt::format("tokenizer.json: added token '{}' has the id {}", token.content, token.id),
              fmt::format("the tokenizers library gives it {}", *id),
              "save the tokenizer again with transformers, or repair the file");
  }
}

}  // namespace hone
