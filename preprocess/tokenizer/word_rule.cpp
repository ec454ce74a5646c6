#include "preprocess/tokenizer/word_rule.hpp"

#include <utility>

#include "preprocess/tokenizer/scanned_rules.hpp"

namespace hone {
namespace {

/// A rule that finds each word's end by itself.
template <typename WordEnd>
class ScannedRule final : public WordRule {
 public:
  explicit ScannedRule(WordEnd word_end) : word_end_(std::move(word_end)) {}

  void cut(std::string_view text, std::size_t begin, std::size_t end,
           std::vector<std::size_t>& ends) const override {
    const std::string_view piece = text.substr(0, end);
    // Nothing before `begin` is looked at: every rule goes forward from where it stands.
    for (std::size_t at = begin; at < end;) {
      at = word_end_(piece, at);
      ends.push_back(at);
    }
  }

 private:
  WordEnd word_end_;
};

template <typename WordEnd>
std::unique_ptr<WordRule> scanned(WordEnd word_end) {
  return std::make_unique<ScannedRule<WordEnd>>(std::move(word_end));
}

constexpr auto kAnyNumber = static_cast<std::size_t>(-1);

std::string qwen2_pattern(std::string_view digits) {
  return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)" + std::string(digits) +
         R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
}

}  // namespace

std::unique_ptr<WordRule> make_word_rule(const std::string& pattern) {
  if (pattern == kGpt2Pattern) return scanned(gpt2_word_end);
  for (const auto& [digits, most] : {std::pair{R"(\p{N})", 1}, {R"(\p{N}{1,3})", 3}}) {
    if (pattern == qwen2_pattern(digits)) {
      return scanned([max_digits = static_cast<std::size_t>(most)](std::string_view text, std::size_t at) {
        return qwen2_word_end(text, at, max_digits);
      });
    }
  }
  for (const auto& [digits, most] : {std::pair{R"(\p{N})", std::size_t{1}}, {R"(\p{N}+)", kAnyNumber}}) {
    if (pattern == digits) {
      return scanned([max_digits = most](std::string_view text, std::size_t at) {
        return digits_word_end(text, at, max_digits);
      });
    }
  }
  return make_regex_rule(pattern);
}

}  // namespace hone
