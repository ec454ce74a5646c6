#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "preprocess/tokenizer/added_tokens.hpp"

namespace hone {

/// The tokenizers library gives an added token the id that its text has in the vocabulary, or else the next
/// one from the vocabulary's size on, whatever the file says (tokenizers 0.23, added_vocabulary.rs,
/// add_tokens). An id found in the vocabulary does not move the next one. Throws Error(kData) naming the
/// first token of which the file says something else: what is trained would not be what is run.
void require_ids_that_are_given(std::span<const AddedToken> tokens,
                                std::span<const std::pair<std::string_view, std::uint32_t>> vocabulary);

}  // namespace hone
