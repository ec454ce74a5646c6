#include "preprocess/tokenizer/ruby_expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.hpp"

namespace hone {
namespace {

// Unicode's White_Space: what \s means to Oniguruma. PCRE2's own \s counts U+180E too.
constexpr const char* kSpaces =
    R"(\x{09}-\x{0D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";
// Letters that mean the same to both after a backslash. Not \b, \w and their opposites: PCRE2's words have no
// combining marks; nor \h and \v, which are other sets.
constexpr std::string_view kSameEscapes = "ADPRSXZadefnprstxz";

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::string_view through(std::string_view text, std::string_view end) {
  const std::size_t found = text.find(end);
  return found == std::string_view::npos ? text : text.substr(0, found + end.size());
}

// The {n}, {n,} or {n,m} at the beginning; "" if there is none.
std::string_view interval(std::string_view text) {
  const std::string_view braces = through(text, "}");
  if (!braces.starts_with('{') || !braces.ends_with('}')) return "";
  const std::string_view inner = braces.substr(1, braces.size() - 2);
  const std::size_t comma = std::min(inner.find_first_not_of(kDigits), inner.size());
  const std::string_view rest = inner.substr(comma);
  const bool numbers =
      rest.empty() || (rest[0] == ',' && rest.find_first_not_of(kDigits, 1) == std::string_view::npos);
  return comma > 0 && numbers ? braces : "";
}

class Translation {
 public:
  explicit Translation(const std::string& pattern) : pattern_(pattern), rest_(pattern) {}

  std::string run() {
    while (!rest_.empty()) {
      if (rest_.size() > 1 && rest_[0] == '\\') {
        take_escape();
      } else if (in_class_) {
        take_of_class();
      } else {
        take_outside();
      }
    }
    return result_;
  }

 private:
  void take(std::size_t count) { replace(count, rest_.substr(0, count)); }
  void replace(std::size_t count, std::string_view by) {
    result_ += by;
    rest_.remove_prefix(count);
  }
  [[noreturn]] void refuse(std::string_view piece) const {
    refuse_expression(pattern_, fmt::format("Hugging Face's engine reads {} in another way", piece));
  }

  void take_escape() {
    const char escaped = rest_[1];
    const std::string_view after = rest_.substr(2);
    const bool property = escaped == 'p' || escaped == 'P', braced = after.starts_with('{');
    if ((kLetters.find(escaped) != kLetters.npos && kSameEscapes.find(escaped) == kSameEscapes.npos) ||
        (property && !braced))
      refuse(rest_.substr(0, 2));
    if (escaped == 's') {
      replace(2, in_class_ ? kSpaces : fmt::format("[{}]", kSpaces));
    } else if (escaped == 'S') {
      replace(2, in_class_ ? R"(\S\x{180E})" : fmt::format("[^{}]", kSpaces));
    } else {
      take(braced && (property || escaped == 'x') ? through(rest_, "}").size() : 2);
    }
  }

  void take_of_class() {
    if (rest_.starts_with("&&")) refuse("&& in a class");
    if (rest_.starts_with("[:")) refuse(through(rest_, ":]"));
    if (rest_[0] == '[') refuse("a class in a class");
    in_class_ = rest_[0] != ']';
    take(1);
  }

  void take_outside() {
    if (rest_.starts_with("{,")) refuse("{,");
    if (rest_.starts_with("(?#")) refuse("the comment " + std::string(through(rest_, ")")));
    if (rest_.starts_with("(?")) refuse_other_options();
    if (const std::string_view braces = interval(rest_); !braces.empty()) {
      const std::string_view after = rest_.substr(braces.size());
      const bool exact = braces.find(',') == braces.npos;
      if (after.starts_with('+') || (exact && after.starts_with('?')))
        refuse(rest_.substr(0, braces.size() + 1));
      return take(braces.size());
    }
    if (rest_[0] != '[') return take(1);
    in_class_ = true;
    take(rest_.substr(1).starts_with('^') ? 2 : 1);
    if (rest_.starts_with(']')) take(1);  // there it stands for itself
  }

  // Ruby's m is for dots that match line ends, x brings comments, and an option without a group of its own
  // takes in the alternatives after it.
  void refuse_other_options() const {
    const std::size_t size = std::min(rest_.find_first_not_of("-imx", 2), rest_.size()) - 2;
    const std::string_view options = rest_.substr(2, size), after = rest_.substr(2 + size);
    const bool begins = rest_.size() == pattern_.size();
    if (size > 0 && (options.find_first_not_of("-i") != options.npos || (after.starts_with(')') && !begins)))
      refuse(rest_.substr(0, 2 + size));
  }

  const std::string& pattern_;
  std::string_view rest_;
  std::string result_;
  bool in_class_ = false;
};

}  // namespace

void refuse_expression(const std::string& pattern, const std::string& why) {
  fail_data(fmt::format("tokenizer.json: pre_tokenizer pattern '{}' is not supported", pattern), why,
            "use a Qwen or GPT-2 style byte-level tokenizer");
}

std::string pcre2_of_ruby(const std::string& pattern) { return Translation(pattern).run(); }

}  // namespace hone
