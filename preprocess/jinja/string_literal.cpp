#include "preprocess/jinja/string_literal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "preprocess/jinja/characters.hpp"

namespace hone::jinja {
namespace {

constexpr std::string_view kSimple = "abfnrtv\\'\"", kMeanings = "\a\b\f\n\r\t\v\\'\"";

// Reads `digits` digits from `at` on, moving it. Nothing where there are fewer.
std::optional<std::uint32_t> number(std::string_view text, std::size_t& at, std::size_t digits, int base) {
  std::uint32_t value = 0;
  const char *begin = text.data() + at, *end = begin + std::min(digits, text.size() - at);
  const auto read = std::from_chars(begin, end, value, base);
  if (read.ec != std::errc() || (base == 16 && read.ptr != begin + digits)) return std::nullopt;
  at += static_cast<std::size_t>(read.ptr - begin);
  return value;
}

}  // namespace

std::optional<std::string> unescaped(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      result += text[at++];
      continue;
    }
    const char kind = text[at + 1];
    at += 2;
    if (const auto simple = kSimple.find(kind); simple != std::string_view::npos) {
      result += kMeanings[simple];
    } else if (kind == 'x' || kind == 'u' || kind == 'U') {
      const auto character = number(text, at, kind == 'x' ? 2 : kind == 'u' ? 4 : 8, 16);
      if (!character || *character > 0x10FFFF || (*character >= 0xD800 && *character < 0xE000))
        return std::nullopt;
      append_character(result, *character);
    } else if (kind >= '0' && kind <= '7') {
      --at;
      append_character(result, *number(text, at, 3, 8));
    } else if (kind == 'N') {
      return std::nullopt;
    } else if (kind != '\n') {  // a line break after a backslash joins two lines
      result += '\\';
      result += kind;
    }
  }
  return result;
}

}  // namespace hone::jinja
