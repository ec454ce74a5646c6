#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "preprocess/tokenizer/added_tokens.hpp"
#include "preprocess/tokenizer/bpe_model.hpp"
#include "preprocess/tokenizer/short_word_cache.hpp"
#include "preprocess/tokenizer/splitter.hpp"
#include "preprocess/tokenizer/tokenizer_file.hpp"
#include "preprocess/tokenizer/word_cache.hpp"

namespace hone {

/// What tokenizer.json describes, immutable and shared by threads. Byte-level BPE only.
class TokenizerModel {
 public:
  /// Throws Error(kData) naming any part of the file that this program would not apply exactly.
  explicit TokenizerModel(const std::filesystem::path& folder);

  const BpeModel& bpe() const { return *bpe_; }
  const AddedTokens& added() const { return added_; }
  const Json& pre_tokenizer() const { return pre_tokenizer_; }
  /// As the tokenizer's normalizer leaves valid UTF-8 `text`.
  std::string normalised(std::string_view text) const;
  /// Whether that is the text itself, for certain; false means only that normalised() has to look.
  bool is_normalised(std::string_view text) const;
  /// The id of an added token such as <|im_end|>.
  std::optional<std::uint32_t> added_id(std::string_view content) const;
  /// The bytes that an id stands for; "" for an id that the vocabulary leaves out.
  std::string_view bytes_of(std::uint32_t id) const;

 private:
  void read(const TokenizerFile& file);
  void read_tables(const TokenizerFile& file, bool ignore_merges);

  Json pre_tokenizer_;
  bool nfc_ = false;
  AddedTokens added_;
  std::optional<BpeModel> bpe_;
  std::vector<std::string> bytes_;  // by id
};

/// Which added tokens are recognised inside a text.
enum class AddedTokenPolicy {
  kAll,         // as Hugging Face encodes a rendered conversation
  kNonSpecial,  // content: what only looks like a control token stays text
};

/// Encodes with one thread: owns the splitter and a cache of words.
class Tokenizer {
 public:
  /// `model` must outlive it.
  explicit Tokenizer(const TokenizerModel& model);

  /// Appends the ids of valid UTF-8 `text`, as Hugging Face tokenizers gives them without added start or end
  /// tokens.
  void encode(std::string_view text, AddedTokenPolicy policy, std::vector<std::uint32_t>& ids);
  /// The same for a text of which some stretches (in order, disjoint) are content, in which kNonSpecial
  /// holds.
  void encode(std::string_view text, std::span<const TextSpan> content, std::vector<std::uint32_t>& ids);

 private:
  void encode_normalised(std::string_view text, std::span<const TextSpan> content,
                         std::vector<std::uint32_t>& ids);
  void encode_words(std::string_view text, std::vector<std::uint32_t>& ids);
  void encode_long_word(std::string_view word, std::vector<std::uint32_t>& ids);

  const TokenizerModel& model_;
  Splitter splitter_;
  ShortWordCache short_words_;
  WordCache long_words_;
};

}  // namespace hone
