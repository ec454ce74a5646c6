#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/row.hpp"
#include "preprocess/chat_template.hpp"
#include "preprocess/conversation.hpp"
#include "preprocess/loss_policy.hpp"
#include "preprocess/tokenizer/tokenizer.hpp"

namespace hone {

/// Renders a conversation, encodes it and marks its targets by position, never by id: of each trained answer
/// (and of all turns under kAll, but for answers that say otherwise) its content and the end-of-turn token;
/// not the header, not the line break after the end token. One for each thread.
class RowEncoder {
 public:
  /// Throws Error(kData) when the tokenizer lacks <|im_start|> or <|im_end|>.
  RowEncoder(const TokenizerModel& tokenizer, const ChatTemplate& chat_template, LossPolicy loss);

  std::uint32_t turn_end_id() const { return end_id_; }
  /// Ids and mask of the whole conversation, not cut.
  void encode(const Conversation& conversation, Row& row);

 private:
  /// A text that comes again and again, and its ids.
  struct Known {
    std::string text;
    std::vector<std::uint32_t> ids;
  };

  Known known(std::string_view text);
  void turn(std::string_view role, std::string_view content, bool target, bool think_block, bool newline,
            Row& row);
  void text(std::string_view text, bool target, Row& row);
  static void text(const Known& text, bool target, Row& row);
  void marker(std::uint32_t id, bool target, Row& row);

  Tokenizer tokenizer_;
  const ChatTemplate& template_;
  LossPolicy loss_;
  std::uint32_t start_id_, end_id_;
  Known answer_header_, think_block_, line_break_;
  Known system_;      // the system turn last seen, which in most files is that of the next row too
  std::string turn_;  // the text of the turn at hand
};

}  // namespace hone
