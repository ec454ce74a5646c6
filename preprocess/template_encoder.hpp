#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dataset/row.hpp"
#include "preprocess/answer_finder.hpp"
#include "preprocess/loss_policy.hpp"

namespace hone {

/// Runs a chat template, encodes what it writes and marks the answers in it. The template's own text may hold
/// special tokens, text of the conversation holds none, also not across their edges. Where an answer begins,
/// a piece of text ends, so that the prompt has the ids that inference sends. One for each thread.
class TemplateEncoder {
 public:
  /// `chat_template` has a program. Both must outlive it.
  TemplateEncoder(const TokenizerModel& tokenizer, const ChatTemplate& chat_template, LossPolicy loss);

  /// Ids and mask of the whole conversation, not cut; a reason where it can't be rendered, where the template
  /// writes nothing of a text, or where an answer to be learnt can't be told from the rest. Throws
  /// jinja::TemplateError(kLimit).
  std::optional<std::string> encode(const Chat& chat, Row& row);

  /// Whether something encoded so far tells the time of the run.
  bool told_time() const { return told_time_; }

 private:
  std::optional<std::size_t> unheard_text(const Chat& chat, const jinja::Text& whole) const;
  std::optional<std::size_t> lost_answer(const Chat& chat, const std::vector<bool>& trained,
                                         const std::vector<AnswerSpan>& answers) const;
  void encode_piece(const jinja::Text& text, TextSpan piece, bool target, Row& row);

  LossPolicy loss_;
  Tokenizer tokenizer_;
  ConversationRenderer renderer_;
  AnswerFinder finder_;
  bool told_time_ = false;
};

/// The id that ends an answer of one turn; -1 where that is no special token. Throws Error(kData) when the
/// template can't render one.
std::int64_t turn_end_id(const TokenizerModel& tokenizer, const ChatTemplate& chat_template);

}  // namespace hone
