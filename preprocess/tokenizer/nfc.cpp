#include "preprocess/tokenizer/nfc.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "base/error.hpp"
#include "preprocess/tokenizer/ascii.hpp"
#include "preprocess/tokenizer/char_class.hpp"

namespace hone {
namespace {

// Ranges in which every character stands in composed texts as it is, whatever its neighbours: NFC_Quick_Check
// is Yes and the combining class 0 (DerivedNormalizationProps.txt, UnicodeData.txt). Sorted; the test goes
// through all of them.
struct Range {
  std::uint32_t first, last;
};
constexpr std::array<Range, 8> kInert = {{{0x0000, 0x02FF},    // Latin
                                          {0x0400, 0x0482},    // Cyrillic
                                          {0x2002, 0x205F},    // punctuation
                                          {0x3000, 0x3029},    // CJK punctuation
                                          {0x3030, 0x3098},    // Hiragana
                                          {0x309B, 0xA66E},    // Katakana, CJK
                                          {0xAC00, 0xD7A3},    // Hangul syllables
                                          {0xFF00, 0xFFEF}}};  // full-width forms
constexpr Range kPictographs = {0x1F300, 0x1FAFF};

// The lead bytes of U+4000 to U+9FFF, all within one of them.
constexpr unsigned char kFirstIdeographs = 0xE4, kLastIdeographs = 0xE9;

bool is_inert(std::uint32_t point) {
  const auto after =
      std::find_if(kInert.begin(), kInert.end(), [&](const Range& range) { return point <= range.last; });
  if (after != kInert.end()) return point >= after->first;
  return point >= kPictographs.first && point <= kPictographs.last;
}

}  // namespace

bool is_surely_nfc(std::string_view text) {
  for (std::size_t at = ascii_end(text, 0); at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
      at = ascii_end(text, at + 1);
    } else if (first >= kFirstIdeographs && first <= kLastIdeographs) {
      at += 3;
    } else {
      const Character c = character_at(text, at);
      if (!is_inert(c.point)) return false;
      at = c.end;
    }
  }
  return true;
}

std::string to_nfc(std::string_view text) {
  utf8proc_uint8_t* result = nullptr;
  const utf8proc_ssize_t length = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
      &result, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
  if (length < 0) fail_run("can't normalise a text", utf8proc_errmsg(length), "check that it is valid UTF-8");
  return {reinterpret_cast<const char*>(result), static_cast<std::size_t>(length)};
}

}  // namespace hone
