#pragma once

#include "dataset/row.hpp"
#include "preprocess/conversation.hpp"
#include "preprocess/loss_policy.hpp"
#include "preprocess/plain_text_frame.hpp"

namespace hone {

/// Encodes plain chats as Hugging Face encodes a text, special tokens in it included, and ends them with the
/// end token where they don't end so. Where a completion begins a piece ends, so that the prompt has the ids
/// that inference sends. One for each thread.
class PlainTextEncoder {
 public:
  /// Both must outlive it.
  PlainTextEncoder(const TokenizerModel& tokenizer, const PlainTextFrame& frame, LossPolicy loss)
      : tokenizer_(tokenizer), frame_(frame), loss_(loss) {}

  /// Ids and mask, not cut: completions, texts and the end token are learnt, all but the first id under kAll.
  void encode(const Chat& chat, Row& row);

 private:
  Tokenizer tokenizer_;
  const PlainTextFrame& frame_;
  LossPolicy loss_;
};

}  // namespace hone
