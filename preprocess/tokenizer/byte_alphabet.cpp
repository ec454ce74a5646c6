#include "preprocess/tokenizer/byte_alphabet.hpp"

#include <array>

#include "preprocess/tokenizer/char_class.hpp"

namespace hone {
namespace {

constexpr std::size_t kPoints = 0x200;  // more than the alphabet uses

// The byte that each character spells; -1 where it spells none.
constexpr std::array<std::int16_t, kPoints> make_alphabet() {
  std::array<std::int16_t, kPoints> bytes{};
  bytes.fill(-1);
  std::size_t next = 0x100;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    bytes[printable ? byte : next++] = static_cast<std::int16_t>(byte);
  }
  return bytes;
}

constexpr std::array<std::int16_t, kPoints> kAlphabet = make_alphabet();

}  // namespace

bool append_bytes_of_entry(std::string_view entry, std::string& bytes) {
  for (std::size_t at = 0; at < entry.size();) {
    const Character c = character_at(entry, at);
    if (c.point >= kPoints || kAlphabet[c.point] < 0) return false;
    bytes += static_cast<char>(kAlphabet[c.point]);
    at = c.end;
  }
  return true;
}

}  // namespace hone
