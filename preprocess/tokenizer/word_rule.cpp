#include "preprocess/tokenizer/word_rule.hpp"

#include <utility>

#include "preprocess/tokenizer/scanned_rules.hpp"

namespace hone {
namespace {

/// A rule that is written out.
template <typename AddEnds>
class ScannedRule final : public WordRule {
 public:
  explicit ScannedRule(AddEnds add_ends) : add_ends_(std::move(add_ends)) {}

  void cut(std::string_view text, std::size_t begin, std::size_t end,
           std::vector<std::size_t>& ends) const override {
    add_ends_(text.substr(0, end), begin, ends);
  }

 private:
  AddEnds add_ends_;
};

template <typename AddEnds>
std::unique_ptr<WordRule> scanned(AddEnds add_ends) {
  return std::make_unique<ScannedRule<AddEnds>>(std::move(add_ends));
}

constexpr auto kAnyNumber = static_cast<std::size_t>(-1);

std::string qwen2_pattern(std::string_view digits) {
  return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)" + std::string(digits) +
         R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
}

}  // namespace

std::unique_ptr<WordRule> make_word_rule(const std::string& pattern) {
  if (pattern == kGpt2Pattern) return scanned(add_gpt2_ends);
  for (const auto& [digits, most] : {std::pair{R"(\p{N})", 1}, {R"(\p{N}{1,3})", 3}}) {
    if (pattern == qwen2_pattern(digits)) {
      return scanned([max_digits = static_cast<std::size_t>(most)](auto text, auto begin, auto& ends) {
        add_qwen2_ends(text, begin, max_digits, ends);
      });
    }
  }
  for (const auto& [digits, most] : {std::pair{R"(\p{N})", std::size_t{1}}, {R"(\p{N}+)", kAnyNumber}}) {
    if (pattern == digits) {
      return scanned([max_digits = most](auto text, auto begin, auto& ends) {
        add_digits_ends(text, begin, max_digits, ends);
      });
    }
  }
  return make_regex_rule(pattern);
}

}  // namespace hone
