#include "preprocess/shown_text.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace hone {
namespace {

bool is_inside_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80; }

}  // namespace

std::string shown_text(std::string_view text, std::size_t most) {
  std::size_t end = text.size();
  if (end > most) {
    for (end = most; end > 0 && is_inside_character(text[end]);) --end;
  }
  const std::string harmless = replaced(harmless_text(text.substr(0, end)), "\n", "\\n");
  return end < text.size() ? harmless + "..." : harmless;
}

}  // namespace hone
