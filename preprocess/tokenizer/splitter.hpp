#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace hone {

/// The pre-tokenizer of tokenizer.json: cuts text into the words that BPE works on. Not shared between
/// threads.
class Splitter {
 public:
  /// From the `pre_tokenizer` object: a ByteLevel, a Split by regular expression, Digits, or a Sequence of
  /// them. Throws Error(kData) naming anything else.
  explicit Splitter(const Json& pre_tokenizer);
  ~Splitter();
  Splitter(Splitter&&) noexcept;

  /// Calls `word` for each word of valid UTF-8 `text`, in order; together they are the text.
  void split(std::string_view text, const std::function<void(std::string_view)>& word) const;

 private:
  struct Step;
  void split_from(std::size_t step, std::string_view text,
                  const std::function<void(std::string_view)>& word) const;

  std::vector<std::unique_ptr<Step>> steps_;
};

}  // namespace hone
