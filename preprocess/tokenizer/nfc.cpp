#include "preprocess/tokenizer/nfc.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "base/error.hpp"

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

bool is_inert(std::uint32_t point) {
  const auto after =
      std::find_if(kInert.begin(), kInert.end(), [&](const Range& range) { return point <= range.last; });
  if (after != kInert.end()) return point >= after->first;
  return point >= kPictographs.first && point <= kPictographs.last;
}

}  // namespace

bool is_surely_nfc(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  while (at < end) {
    if (*at < 0x80) {
      ++at;
    } else if (*at < 0xE0) {
      if (!is_inert((at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu))) return false;
      at += 2;
    } else if (*at < 0xF0) {
      if (!is_inert((at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu))) return false;
      at += 3;
    } else {
      if (!is_inert((at[0] & 0x07u) << 18 | (at[1] & 0x3Fu) << 12 | (at[2] & 0x3Fu) << 6 | (at[3] & 0x3Fu)))
        return false;
      at += 4;
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
