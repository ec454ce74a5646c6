#include <algorithm>

#include "preprocess/jinja/characters.hpp"
#include "preprocess/jinja/error.hpp"
#include "preprocess/jinja/methods.hpp"

namespace hone::jinja {
namespace {

Value strip(const char* name, Strip side, const Text& self, const Arguments& arguments, Run& run) {
  return stripped(self, side, bind(name, arguments, {"chars"})[0], name, run);
}

Value strip_both(const Text& self, const Arguments& arguments, Run& run) {
  return strip("strip", Strip::kBoth, self, arguments, run);
}
Value strip_left(const Text& self, const Arguments& arguments, Run& run) {
  return strip("lstrip", Strip::kLeft, self, arguments, run);
}
Value strip_right(const Text& self, const Arguments& arguments, Run& run) {
  return strip("rstrip", Strip::kRight, self, arguments, run);
}

Value upper(const Text& self, const Arguments& arguments, Run&) {
  bind("upper", arguments, {});
  return Value::text(self.transformed(in_case(self.bytes(), LetterCase::kUpper)));
}
Value lower(const Text& self, const Arguments& arguments, Run&) {
  bind("lower", arguments, {});
  return Value::text(self.transformed(in_case(self.bytes(), LetterCase::kLower)));
}
Value capitalize(const Text& self, const Arguments& arguments, Run&) {
  bind("capitalize", arguments, {});
  return Value::text(capitalized(self));
}

// Python's str.title: a letter after anything that has no case.
Value title(const Text& self, const Arguments& arguments, Run& run) {
  bind("title", arguments, {});
  run.spend(self.size());
  std::string result;
  bool inside = false;
  for (std::size_t at = 0, next; at < self.size(); at = next) {
    next = at + character_bytes(self.bytes()[at]);
    const std::string character = self.bytes().substr(at, next - at);
    result += in_case(character, inside ? LetterCase::kLower : LetterCase::kTitle);
    inside = is_cased(first_character(character));
  }
  return Value::text(self.transformed(std::move(result)));
}

template <bool (*kHolds)(char32_t)>
Value all_are(const Text& self, const Arguments& arguments, Run&) {
  bind("is...", arguments, {});
  for (std::size_t at = 0; at < self.size(); at += character_bytes(self.bytes()[at])) {
    if (!kHolds(first_character(std::string_view(self.bytes()).substr(at)))) return false;
  }
  return !self.empty();
}
// Beyond ASCII Python's classes of digits and letters are not known here.
bool ascii_only(char32_t c) {
  if (c >= 0x80) throw Fault("digits and letters beyond ASCII are not told apart in this version");
  return true;
}
bool is_digit(char32_t c) { return ascii_only(c) && c >= '0' && c <= '9'; }
bool is_letter(char32_t c) { return ascii_only(c) && ((c | 0x20U) >= 'a' && (c | 0x20U) <= 'z'); }
bool is_either(char32_t c) { return is_digit(c) || is_letter(c); }

template <LetterCase kCase>
Value is_in_case(const Text& self, const Arguments& arguments, Run&) {
  bind("is...", arguments, {});
  constexpr LetterCase kOther = kCase == LetterCase::kUpper ? LetterCase::kLower : LetterCase::kUpper;
  return in_case(self.bytes(), kCase) == self.bytes() && in_case(self.bytes(), kOther) != self.bytes();
}

}  // namespace

Value stripped(const Text& text, Strip side, const Value* characters, const char* what, Run& run) {
  const std::string* given = nullptr;
  if (characters != nullptr && !characters->is<None>()) given = &text_argument(*characters, what).bytes();
  if (given != nullptr) run.spend(given->size());
  const ByteRange left = stripped(text.bytes(), side, given);
  return Value::text(text.slice(left.begin, left.end));
}

Text capitalized(const Text& text) {
  if (text.empty()) return text;
  const std::size_t first = character_bytes(text.bytes()[0]);
  return text.transformed(in_case(text.bytes().substr(0, first), LetterCase::kTitle) +
                          in_case(text.bytes().substr(first), LetterCase::kLower));
}

std::span<const StringMethod> character_methods() {
  static constexpr StringMethod kMethods[] = {{"strip", strip_both},
                                              {"lstrip", strip_left},
                                              {"rstrip", strip_right},
                                              {"upper", upper},
                                              {"lower", lower},
                                              {"capitalize", capitalize},
                                              {"title", title},
                                              {"isspace", all_are<is_space>},
                                              {"isdigit", all_are<is_digit>},
                                              {"isalpha", all_are<is_letter>},
                                              {"isalnum", all_are<is_either>},
                                              {"isupper", is_in_case<LetterCase::kUpper>},
                                              {"islower", is_in_case<LetterCase::kLower>}};
  return kMethods;
}

}  // namespace hone::jinja
