#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace hone {

constexpr bool is_ascii_letter(char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }

/// The end of the run of ASCII letters from `at` on.
inline std::size_t ascii_letters_end(std::string_view text, std::size_t at) {
#ifdef __SSE2__
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    // The letters moved to the lowest 26 of the signed numbers, which are what can be compared.
    const __m128i moved = _mm_add_epi8(lower, _mm_set1_epi8(static_cast<char>(0x80 - 'a')));
    const __m128i letters = _mm_cmplt_epi8(moved, _mm_set1_epi8(-128 + 26));
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(letters));
    if (mask != 0xFFFF) return at + static_cast<std::size_t>(std::countr_one(mask));
  }
#endif
  while (at < text.size() && is_ascii_letter(text[at])) ++at;
  return at;
}

/// The end of the run of ASCII characters from `at` on.
inline std::size_t ascii_end(std::string_view text, std::size_t at) {
#ifdef __SSE2__
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
    if (mask != 0) return at + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace hone
