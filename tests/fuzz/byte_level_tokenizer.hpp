#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace hone {

/// A byte-level BPE vocabulary as tokenizer.json has it, and what its merges give by their definition.
class ByteLevelVocabulary {
 public:
  using Pair = std::pair<std::string, std::string>;

  /// Every byte is a token, whose id is its value; each merge makes the next one.
  explicit ByteLevelVocabulary(std::vector<Pair> merges);

  /// `rest` is what tokenizer.json says beside the model.
  Json json(Json rest, bool ignore_merges) const;
  std::uint32_t size() const { return static_cast<std::uint32_t>(ids_.size()); }

  /// The ids of a word: of all pairs the one of lowest rank is merged, the leftmost of these, until none is
  /// left.
  std::vector<std::uint32_t> encode(std::string_view word, bool ignore_merges) const;

 private:
  std::vector<Pair> merges_;
  std::map<Pair, std::size_t> ranks_;
  std::map<std::string, std::uint32_t, std::less<>> ids_;
};

}  // namespace hone
