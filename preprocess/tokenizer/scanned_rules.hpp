#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace hone {

/// Each appends the ends of the words of valid UTF-8 `text` from byte `begin` on, as the alternatives of its
/// regular expression would, tried in their order. Nothing before `begin` is looked at.

/// GPT-2's.
void add_gpt2_ends(std::string_view text, std::size_t begin, std::vector<std::size_t>& ends);

/// Qwen2's, and Llama 3's, which differ in how many digits make a word at most (1, 3).
void add_qwen2_ends(std::string_view text, std::size_t begin, std::size_t max_digits,
                    std::vector<std::size_t>& ends);

/// \p{N} or \p{N}+ (max_digits 1 or any number) and what lies between.
void add_digits_ends(std::string_view text, std::size_t begin, std::size_t max_digits,
                     std::vector<std::size_t>& ends);

}  // namespace hone
