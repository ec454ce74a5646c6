#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace hone {

/// Bytes [begin, end) of a text.
struct TextSpan {
  std::size_t begin, end;
};

struct AddedToken {
  std::string content;
  std::uint32_t id = 0;
  bool special = false;
};

/// The added tokens of a tokenizer and where they occur in a text: leftmost first, the longest at one place.
class AddedTokens {
 public:
  /// Which text a token is looked for in: the text as it is (`normalized: false`), or what such tokens leave
  /// of it, once that is normalised (`normalized: true`).
  enum class Stage { kRaw, kNormalised };

  struct Match {
    std::uint32_t id;
    std::size_t begin, end;  // bytes
  };

  AddedTokens() = default;
  /// From the `added_tokens` list; `normalise` is what the tokenizer does to texts. Throws Error(kData) for
  /// stripping or whole-word tokens, naming them.
  AddedTokens(const Json& list, const std::function<std::string(std::string_view)>& normalise);

  const std::vector<AddedToken>& all() const { return tokens_; }
  bool is_special(std::uint32_t id) const;
  /// The first token of the stage at or after byte `from`. In `literal` (in order, disjoint) nothing is a
  /// special token, nor across its edges.
  std::optional<Match> find(Stage stage, std::string_view text, std::size_t from,
                            std::span<const TextSpan> literal) const;

 private:
  struct Pattern {
    std::string text;
    std::uint32_t id;
    bool special;
  };
  struct Patterns {
    std::vector<Pattern> by_length;  // longest first
    std::string first_bytes;         // of any of them
  };
  const Patterns& patterns(Stage stage) const { return stage == Stage::kRaw ? raw_ : normalised_; }

  std::vector<AddedToken> tokens_;
  Patterns raw_, normalised_;
};

}  // namespace hone
