#include "preprocess/tokenizer/byte_alphabet.hpp"

#include <utf8proc.h>

#include <unordered_map>

namespace hone {
namespace {

std::unordered_map<std::int32_t, char> make_alphabet() {
  std::unordered_map<std::int32_t, char> bytes;
  std::int32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    bytes[printable ? byte : next++] = static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace

std::optional<std::string> bytes_of_vocabulary_entry(std::string_view entry) {
  static const std::unordered_map<std::int32_t, char> kAlphabet = make_alphabet();
  std::string bytes;
  const auto* text = reinterpret_cast<const utf8proc_uint8_t*>(entry.data());
  auto left = static_cast<utf8proc_ssize_t>(entry.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(text, left, &point);
    const auto found = length > 0 ? kAlphabet.find(point) : kAlphabet.end();
    if (found == kAlphabet.end()) return std::nullopt;
    bytes += found->second;
    text += length;
    left -= length;
  }
  return bytes;
}

}  // namespace hone
