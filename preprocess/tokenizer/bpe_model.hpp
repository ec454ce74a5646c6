#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "preprocess/tokenizer/merge_table.hpp"

namespace hone {

/// Finds std::string keys by string_view without a copy.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <typename T>
using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

/// Byte-pair encoding (Sennrich et al. 2016) of byte strings: the pair of lowest rank is merged first,
/// leftmost first among equals, as Hugging Face tokenizers does. Immutable, shared by threads.
class BpeModel {
 public:
  using Id = std::uint32_t;

  /// `vocabulary` by bytes, `merges` in order of rank. `ignore_merges`: a word that is in the vocabulary is
  /// one token.
  BpeModel(StringMap<Id> vocabulary, const std::vector<std::pair<std::string, std::string>>& merges,
           bool ignore_merges);

  /// Appends the ids of one word. Bytes without a token of their own are left out, as Hugging Face does.
  void encode_word(std::string_view word, std::vector<Id>& ids) const;

 private:
  using Merge = MergeTable::Merge;
  void merge_short(std::vector<Id>& symbols) const;
  void merge_long(std::vector<Id>& symbols) const;

  StringMap<Id> vocabulary_;
  MergeTable merges_;
  std::int64_t byte_ids_[256];
  bool ignore_merges_;
};

}  // namespace hone
