#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "preprocess/tokenizer/merge_table.hpp"
#include "preprocess/tokenizer/vocabulary.hpp"
#include "preprocess/tokenizer/whole_characters.hpp"

namespace hone {

/// Byte-pair encoding (Sennrich et al. 2016) of byte strings: the pair of lowest rank is merged first,
/// leftmost first among equals, as Hugging Face tokenizers does. Immutable, shared by threads.
class BpeModel {
 public:
  using Id = std::uint32_t;

  /// `merges` in order of rank. `ignore_merges`: a word that is in the vocabulary is one token.
  BpeModel(Vocabulary vocabulary, std::span<const TokenPair> merges, bool ignore_merges);

  /// Appends the ids of one word, valid UTF-8. Bytes without a token of their own are left out, as Hugging
  /// Face does.
  void encode_word(std::string_view word, std::vector<Id>& ids) const;

 private:
  using Merge = MergeTable::Merge;
  void append_symbols(std::string_view word, std::vector<Id>& symbols) const;
  std::size_t merge_short(std::span<Id> symbols) const;
  std::size_t merge_long(std::span<Id> symbols) const;

  Vocabulary vocabulary_;
  MergeTable merges_;
  std::array<std::int64_t, 256> byte_ids_;
  WholeCharacters whole_;
  bool ignore_merges_;
};

}  // namespace hone
