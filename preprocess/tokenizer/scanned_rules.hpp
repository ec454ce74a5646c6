#pragma once

#include <cstddef>
#include <string_view>

namespace hone {

/// Each returns the end of the word that begins at `at` in valid UTF-8 `text`, as the alternatives of its
/// regular expression would, tried in their order.

/// GPT-2's.
std::size_t gpt2_word_end(std::string_view text, std::size_t at);

/// Qwen2's, and Llama 3's, which differ in how many digits make a word at most (1, 3).
std::size_t qwen2_word_end(std::string_view text, std::size_t at, std::size_t max_digits);

/// \p{N} or \p{N}+ (max_digits 1 or any number) and what lies between.
std::size_t digits_word_end(std::string_view text, std::size_t at, std::size_t max_digits);

}  // namespace hone
