#include "preprocess/jinja/characters.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "preprocess/jinja/error.hpp"

namespace hone::jinja {
namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

std::vector<char32_t> sorted_characters(std::string_view text) {
  std::vector<char32_t> characters;
  for (std::size_t at = 0; at < text.size(); at += character_bytes(text[at]))
    characters.push_back(first_character(text.substr(at)));
  std::sort(characters.begin(), characters.end());
  return characters;
}

constexpr const char* kNotToldApart = "signs that stand for letters are not told apart by their case";

// What a letter becomes in full case folding: several characters just where its full upper case, or that of
// the letter itself, has several.
std::vector<utf8proc_int32_t> folded(utf8proc_int32_t c) {
  if (c < 0x80) return {utf8proc_tolower(c)};
  utf8proc_int32_t characters[8];
  int boundary = 0;
  const auto count = utf8proc_decompose_char(c, characters, 8, UTF8PROC_CASEFOLD, &boundary);
  return {characters, characters + count};
}

void append_in_case(std::string& text, utf8proc_int32_t c, LetterCase letter_case) {
  constexpr utf8proc_int32_t kSigma = 0x3A3, kDottedI = 0x130, kCapitalSharpS = 0x1E9E;
  const auto append = [&](utf8proc_int32_t character) {
    append_character(text, static_cast<char32_t>(character));
  };
  switch (letter_case) {
    case LetterCase::kLower:
      if (c == kSigma)
        throw Fault("the lower case of a capital sigma is not supported: it hangs on the word");
      append(utf8proc_tolower(c == kDottedI ? 'I' : c));
      if (c == kDottedI) append(0x307);
      return;
    case LetterCase::kUpper:
      if (c == kDottedI || c == kCapitalSharpS) return append(c);
      if (const auto several = folded(c); several.size() > 1) {
        for (const utf8proc_int32_t character : several) append(utf8proc_toupper(character));
        return;
      }
      return append(utf8proc_toupper(c));
    case LetterCase::kTitle:
      if (folded(c).size() > 1)
        throw Fault("the title case of a letter that becomes several is not supported");
      return append(utf8proc_totitle(c));
  }
}

}  // namespace

std::size_t character_bytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

std::size_t count_characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::size_t byte_of_character(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); --index) at += character_bytes(text[at]);
  return std::min(at, text.size());
}

char32_t first_character(std::string_view text) {
  const std::size_t bytes = character_bytes(text[0]);
  const auto lead = static_cast<unsigned char>(text[0]);
  char32_t value = bytes == 1 ? lead : lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes && i < text.size(); ++i)
    value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return value;
}

void append_character(std::string& text, char32_t character) {
  utf8proc_uint8_t bytes[4];
  const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes);
  for (int i = 0; i < count; ++i) text += static_cast<char>(bytes[i]);
}

std::optional<std::size_t> first_stray_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t character = 0;
    const utf8proc_ssize_t bytes =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                         static_cast<utf8proc_ssize_t>(text.size() - at), &character);
    if (bytes <= 0) return at;
    at += static_cast<std::size_t>(bytes);
  }
  return std::nullopt;
}

std::size_t find_part(std::string_view text, std::string_view part, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const void* const found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::size_t find_last_part(std::string_view text, std::string_view part) {
  const std::string mirrored(text.rbegin(), text.rend()), sought(part.rbegin(), part.rend());
  const std::size_t found = find_part(mirrored, sought);
  return found == std::string_view::npos ? found : text.size() - found - part.size();
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

ByteRange stripped(std::string_view text, Strip side, const std::string* characters) {
  const std::vector<char32_t> chosen =
      characters != nullptr ? sorted_characters(*characters) : std::vector<char32_t>();
  const auto strips = [&](std::size_t at) {
    const char32_t character = first_character(text.substr(at));
    return characters == nullptr ? is_space(character)
                                 : std::binary_search(chosen.begin(), chosen.end(), character);
  };
  ByteRange left{0, text.size()};
  while (side != Strip::kRight && left.begin < left.end && strips(left.begin))
    left.begin += character_bytes(text[left.begin]);
  while (side != Strip::kLeft && left.begin < left.end) {
    std::size_t last = left.end - 1;
    while (continues(text[last])) --last;
    if (!strips(last)) break;
    left.end = last;
  }
  return left;
}

std::string in_case(std::string_view text, LetterCase letter_case) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); at += character_bytes(text[at]))
    append_in_case(result, static_cast<utf8proc_int32_t>(first_character(text.substr(at))), letter_case);
  return result;
}

bool is_cased(char32_t character) {
  const auto within = [&](char32_t first, char32_t last) { return character >= first && character <= last; };
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT: return true;
    case UTF8PROC_CATEGORY_LM: throw Fault(kNotToldApart);
    default: break;
  }
  // Ordinal indicators, a Greek mark, Roman numerals, circled and squared letters.
  if (character == 0xAA || character == 0xBA || character == 0x345 || within(0x2160, 0x217F) ||
      within(0x24B6, 0x24E9) || within(0x1F130, 0x1F189))
    throw Fault(kNotToldApart);
  return false;
}

}  // namespace hone::jinja
