#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace hone {

struct AddedToken {
  std::string content;
  std::uint32_t id = 0;
  bool special = false;
};

/// The added tokens of a tokenizer and where they occur in a text: leftmost first, the longest at one place.
class AddedTokens {
 public:
  AddedTokens() = default;
  /// From the `added_tokens` list. Throws Error(kData) for stripping or whole-word tokens, naming them.
  explicit AddedTokens(const Json& list);

  const std::vector<AddedToken>& all() const { return tokens_; }
  /// The first token at or after `from`, and where; null when there is none.
  const AddedToken* find(std::string_view text, std::size_t from, bool with_special,
                         std::size_t& place) const;

 private:
  std::vector<AddedToken> tokens_;  // longest first
  std::string first_bytes_;         // of any token
};

}  // namespace hone
