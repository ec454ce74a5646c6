#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "preprocess/tokenizer/added_tokens.hpp"

namespace hone {

/// Hugging Face's tokenizers give an added token the id that its text has in the vocabulary, or the next free
/// one, whatever the file says (tokenizers/src/tokenizer/added_vocabulary.rs, add_tokens). Throws
/// Error(kData) naming the first token of which the file says something else: what is trained would not be
/// what is run.
void require_ids_that_are_given(std::span<const AddedToken> tokens,
                                std::span<const std::pair<std::string_view, std::uint32_t>> vocabulary);

}  // namespace hone
