#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "preprocess/tokenizer/word_rule.hpp"

namespace hone {

/// The pre-tokenizer of tokenizer.json: cuts text into the words that BPE works on. Not shared between
/// threads.
class Splitter {
 public:
  /// From the `pre_tokenizer` object: a ByteLevel, a Split by regular expression, Digits, or a Sequence of
  /// them. Throws Error(kData) naming anything else.
  explicit Splitter(const Json& pre_tokenizer);

  /// The ends of the words of valid UTF-8 `text`, which together are the text. Valid until the next call.
  std::span<const std::size_t> word_ends(std::string_view text);

 private:
  std::vector<std::unique_ptr<WordRule>> rules_;  // each cuts the words of the one before
  std::vector<std::size_t> ends_, finer_;
};

}  // namespace hone
