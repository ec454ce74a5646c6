#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hone::jinja {

/// Bytes of the character that begins with `lead` in valid UTF-8.
std::size_t character_bytes(char lead);
std::size_t count_characters(std::string_view text);
/// Byte offset of a character; text.size() for the count of them and beyond.
std::size_t byte_of_character(std::string_view text, std::size_t index);
/// The first character, decoded. `text` is not empty.
char32_t first_character(std::string_view text);
void append_character(std::string& text, char32_t character);
/// The first byte that is not part of a character of valid UTF-8.
std::optional<std::size_t> first_stray_byte(std::string_view text);

/// As find() and rfind() of a string, which may take the product of both lengths.
std::size_t find_part(std::string_view text, std::string_view part, std::size_t from = 0);
std::size_t find_last_part(std::string_view text, std::string_view part);

/// As Python's str.isspace for one character.
bool is_space(char32_t character);
/// Byte offsets of what is left when characters are stripped from the ends: white space where `characters` is
/// null.
enum class Strip { kLeft, kRight, kBoth };
struct ByteRange {
  std::size_t begin, end;
};
ByteRange stripped(std::string_view text, Strip side, const std::string* characters);

/// As Python changes case, each letter by itself. Throws Fault for a capital sigma in lower case, which hangs
/// on the letters around it, and for ligatures and the like in title case.
enum class LetterCase { kUpper, kLower, kTitle };
std::string in_case(std::string_view text, LetterCase letter_case);
/// Whether it is a letter that differs by case. Throws Fault for signs of which some are.
bool is_cased(char32_t character);

}  // namespace hone::jinja
