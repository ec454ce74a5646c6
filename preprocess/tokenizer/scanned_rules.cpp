#include "preprocess/tokenizer/scanned_rules.hpp"

#include "preprocess/tokenizer/ascii.hpp"
#include "preprocess/tokenizer/char_class.hpp"

namespace hone {
namespace {

// The case-insensitive 's of Qwen2's rule takes U+017F too, whose capital is S.
constexpr std::uint32_t kLongS = 0x17F;

/// Steps through a text by classes.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text), classes_(char_classes()) {}

  bool at_end(std::size_t at) const { return at >= text_.size(); }
  CharClass class_at(std::size_t at) const { return classes_[character_at(text_, at).point]; }
  std::size_t next(std::size_t at) const { return character_at(text_, at).end; }

  /// The end of the run of characters from `at` on whose class `belongs`; no more than `most` of them.
  template <typename Belongs>
  std::size_t run(std::size_t at, Belongs belongs, std::size_t most = static_cast<std::size_t>(-1)) const {
    for (; most > 0 && !at_end(at); --most) {
      const Character c = character_at(text_, at);
      if (!belongs(classes_[c.point])) break;
      at = c.end;
    }
    return at;
  }
  std::size_t run_of(std::size_t at, CharClass wanted) const {
    return run(at, [=](CharClass c) { return c == wanted; });
  }
  std::size_t run_of_letters(std::size_t at) const {
    while (true) {
      at = ascii_letters_end(text_, at);
      while (!at_end(at) && byte(at) >= kFirstIdeographs && byte(at) <= kLastIdeographs) at += 3;
      if (at_end(at)) return at;
      const Character c = character_at(text_, at);
      if (classes_[c.point] != CharClass::kLetter) return at;
      at = c.end;
    }
  }

 private:
  // The lead bytes of U+5000 to U+8FFF, which are all letters.
  static constexpr unsigned char kFirstIdeographs = 0xE5, kLastIdeographs = 0xE8;

  unsigned char byte(std::size_t at) const { return static_cast<unsigned char>(text_[at]); }

  std::string_view text_;
  const CharClass* classes_;
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// 's|'t|'re|'ve|'m|'ll|'d at an apostrophe; `at` itself where none matches.
std::size_t contraction_end(std::string_view text, std::size_t at, bool any_case) {
  const auto letter = [&](std::size_t i) {
    if (at + i >= text.size()) return '\0';
    return any_case ? lower(text[at + i]) : text[at + i];
  };
  const char first = letter(1), second = letter(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
    return at + 3;
  if (any_case && at + 2 < text.size() && static_cast<unsigned char>(first) >= 0x80) {
    const Character c = character_at(text, at + 1);
    if (c.point == kLongS) return c.end;
  }
  return at;
}

// \s+(?!\S)|\s+ : spaces before a word leave the last one to it.
std::size_t spaces_end(const Scanner& scanner, std::size_t at) {
  std::size_t end = at, before_last = at;
  while (!scanner.at_end(end) && is_space(scanner.class_at(end))) {
    before_last = end;
    end = scanner.next(end);
  }
  return scanner.at_end(end) || before_last == at ? end : before_last;
}

// \s*[\r\n]+ : the end of the last line break in the run of spaces; `at` itself where there is none.
std::size_t line_breaks_end(const Scanner& scanner, std::size_t at) {
  std::size_t last = at;
  for (std::size_t end = at; !scanner.at_end(end);) {
    const CharClass c = scanner.class_at(end);
    if (!is_space(c)) break;
    end = scanner.next(end);
    if (c == CharClass::kNewline) last = end;
  }
  return last;
}

std::size_t gpt2_word_end(const Scanner& scanner, std::string_view text, std::size_t at) {
  if (text[at] == '\'') {
    if (const std::size_t end = contraction_end(text, at, false); end > at) return end;
  }
  // One space may stand before a word.
  const std::size_t begin = text[at] == ' ' && at + 1 < text.size() ? at + 1 : at;
  const CharClass c = scanner.class_at(begin);
  if (c == CharClass::kLetter) return scanner.run_of_letters(begin);
  return is_space(c) ? spaces_end(scanner, at) : scanner.run_of(begin, c);
}

std::size_t qwen2_word_end(const Scanner& scanner, std::string_view text, std::size_t at,
                           std::size_t max_digits) {
  if (text[at] == '\'') {
    if (const std::size_t end = contraction_end(text, at, true); end > at) return end;
  }
  const CharClass first = scanner.class_at(at);
  if (first == CharClass::kLetter) return scanner.run_of_letters(at);
  if (first == CharClass::kNumber)
    return scanner.run(
        at, [](CharClass c) { return c == CharClass::kNumber; }, max_digits);
  // [^\r\n\p{L}\p{N}]?\p{L}+
  const std::size_t second = scanner.next(at);
  if (first != CharClass::kNewline && !scanner.at_end(second) &&
      scanner.class_at(second) == CharClass::kLetter)
    return scanner.run_of_letters(second);
  //  ?[^\s\p{L}\p{N}]+[\r\n]*
  const bool spaced = text[at] == ' ' && !scanner.at_end(second);
  const std::size_t others = spaced ? second : at;
  if (scanner.class_at(others) == CharClass::kOther)
    return scanner.run_of(scanner.run_of(others, CharClass::kOther), CharClass::kNewline);
  if (const std::size_t end = line_breaks_end(scanner, at); end > at) return end;
  return spaces_end(scanner, at);
}

std::size_t digits_word_end(const Scanner& scanner, std::size_t at, std::size_t max_digits) {
  const auto is_number = [](CharClass c) { return c == CharClass::kNumber; };
  const std::size_t end = scanner.run(at, is_number, max_digits);
  return end > at ? end : scanner.run(at, [&](CharClass c) { return !is_number(c); });
}

template <typename WordEnd>
void add_ends(std::string_view text, std::size_t begin, std::vector<std::size_t>& ends, WordEnd word_end) {
  const Scanner scanner(text);
  for (std::size_t at = begin; at < text.size();) {
    at = word_end(scanner, at);
    ends.push_back(at);
  }
}

}  // namespace

void add_gpt2_ends(std::string_view text, std::size_t begin, std::vector<std::size_t>& ends) {
  add_ends(text, begin, ends,
           [=](const Scanner& scanner, std::size_t at) { return gpt2_word_end(scanner, text, at); });
}

void add_qwen2_ends(std::string_view text, std::size_t begin, std::size_t max_digits,
                    std::vector<std::size_t>& ends) {
  add_ends(text, begin, ends, [=](const Scanner& scanner, std::size_t at) {
    return qwen2_word_end(scanner, text, at, max_digits);
  });
}

void add_digits_ends(std::string_view text, std::size_t begin, std::size_t max_digits,
                     std::vector<std::size_t>& ends) {
  add_ends(text, begin, ends,
           [=](const Scanner& scanner, std::size_t at) { return digits_word_end(scanner, at, max_digits); });
}

}  // namespace hone
