#pragma once

#include <cstdint>
#include <string_view>

namespace hone {

/// What splitting rules ask of a character.
enum class CharClass : std::uint8_t {
  kOther,
  kLetter,   // \p{L}
  kNumber,   // \p{N}
  kSpace,    // \s without the next
  kNewline,  // \r, \n
};

constexpr bool is_space(CharClass c) { return c == CharClass::kSpace || c == CharClass::kNewline; }

/// The class of every code point, as Hugging Face tokenizers' engine sees it.
const CharClass* char_classes();

/// A character of valid UTF-8 and where the next one begins.
struct Character {
  std::uint32_t point;
  std::size_t end;
};

/// `at` must be the first byte of a character in `text`.
inline Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, at + 1};
  if (first < 0xE0) return {(first & 0x1F) << 6 | (byte(1) & 0x3F), at + 2};
  if (first < 0xF0) return {(first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), at + 3};
  return {(first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F), at + 4};
}

}  // namespace hone
