#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "preprocess/conversation_renderer.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {

/// Where an answer stands in a rendered conversation: from where inference leaves the model to go on to the
/// end token, that included.
struct AnswerSpan {
  std::size_t message;  // of the chat; kNowhere: a generation block that is no answer's
  TextSpan text;        // bytes
};

/// Finds answers in a rendered conversation: by the template's generation blocks where it has them, otherwise
/// by rendering the conversation up to an answer, as a prompt, and up to its end, and comparing. Where the
/// template renders the same turn otherwise further back, the comparison goes from the last text of the
/// message before, whose place is known from where each byte came from.
class AnswerFinder {
 public:
  /// Both must outlive it.
  AnswerFinder(const TokenizerModel& tokenizer, const ConversationRenderer& renderer);

  /// `whole` is all of the chat, which is open in the renderer. An answer that can't be told from the rest is
  /// left out, or has an empty span.
  std::vector<AnswerSpan> find(const Chat& chat, const jinja::Rendered& whole) const;

 private:
  std::vector<AnswerSpan> in_blocks(const Chat& chat, const jinja::Rendered& whole) const;
  static std::size_t told_by_data(const Chat& chat, const jinja::Text& whole, const jinja::Generation& block);
  void name_blocks_without_data(const Chat& chat, std::vector<AnswerSpan>& answers) const;
  void include_end_token(const jinja::Text& whole, AnswerSpan& answer) const;
  jinja::Text shown(const Chat& chat, const jinja::Text& whole, std::size_t answer) const;
  std::optional<std::size_t> begin_of(const jinja::Text& whole, std::size_t answer) const;
  std::optional<std::size_t> after_request(const jinja::Text& whole, std::size_t first, std::size_t answer,
                                           ConversationRenderer::Ending ending) const;
  std::optional<std::size_t> end_of(const Chat& chat, const jinja::Text& whole, std::size_t answer,
                                    std::size_t begin) const;
  std::optional<std::size_t> after_end_token(const jinja::Text& whole, std::size_t from,
                                             std::size_t end) const;
  std::optional<std::size_t> last_special(const jinja::Text& whole, std::size_t from, std::size_t end) const;
  std::optional<TextSpan> next_special(const jinja::Text& whole, std::size_t from) const;

  const TokenizerModel& tokenizer_;
  const ConversationRenderer& renderer_;
};

}  // namespace hone
