#pragma once

#include "preprocess/conversation.hpp"
#include "preprocess/formats/row_fields.hpp"

namespace hone {

// One for each format, each in a file of its own. All throw RowFault for a row that doesn't fit.

/// `messages`: a list of {"role", "content", ...}.
Chat chat_of_messages(RowFields& row);

/// `conversations`: a list of {"from", "value"} or {"role", "content"}, `system` in front of it. A turn from
/// function_call is an answer that calls what its value holds as JSON.
Chat chat_of_sharegpt(RowFields& row);

/// `instruction`, `input` (in the same question, a line break between them), `output`; `history`, a list of
/// [question, answer], before them and `system` in front.
Chat chat_of_alpaca(RowFields& row);

/// `prompt` and `completion`, both lists of messages or both strings, which are plain. What the prompt holds
/// is not learnt, unless its answers are asked for.
Chat chat_of_prompt_completion(RowFields& row, bool learn_prompts);

/// `text`, plain, all of it learnt.
Chat chat_of_text(RowFields& row);

}  // namespace hone
