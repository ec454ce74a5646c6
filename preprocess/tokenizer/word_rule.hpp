#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

/// One rule that cuts texts into words: what it matches and what lies between are words. For one thread.
class WordRule {
 public:
  virtual ~WordRule() = default;

  /// Appends the end of each word of text[begin, end), valid UTF-8, as places in `text`. The rule sees
  /// nothing outside of that piece.
  virtual void cut(std::string_view text, std::size_t begin, std::size_t end,
                   std::vector<std::size_t>& ends) const = 0;
};

/// GPT-2's rule (Radford et al. 2019), which ByteLevel with use_regex applies.
inline constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// The rule of a regular expression: written out by hand for GPT-2's, Qwen2's and Llama 3's and for runs or
/// single ones of digits, whose words are those the expression gives; by PCRE2 for any other. Throws
/// Error(kData) for an expression that PCRE2 does not take.
std::unique_ptr<WordRule> make_word_rule(const std::string& pattern);

/// By PCRE2, whatever the expression.
std::unique_ptr<WordRule> make_regex_rule(const std::string& pattern);

}  // namespace hone
