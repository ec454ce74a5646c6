#include "preprocess/row_encoder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace hone {
namespace {

std::uint32_t required_id(const TokenizerModel& tokenizer, const char* token) {
  const auto id = tokenizer.added_id(token);
  if (!id) {
    fail_data(fmt::format("the tokenizer has no {} token", token), "ChatML templates need it",
              "use the tokenizer of a Qwen or SmolLM2 instruct model");
  }
  return *id;
}

// Index of the last turn of a role; conversation.size() when there is none.
std::size_t last_of(const Conversation& conversation, const char* role) {
  for (std::size_t i = conversation.size(); i-- > 0;) {
    if (conversation[i].role == role) return i;
  }
  return conversation.size();
}

}  // namespace

RowEncoder::RowEncoder(const TokenizerModel& tokenizer, const ChatTemplate& chat_template, LossPolicy loss)
    : tokenizer_(tokenizer),
      template_(chat_template),
      loss_(loss),
      start_id_(required_id(tokenizer, "<|im_start|>")),
      end_id_(required_id(tokenizer, "<|im_end|>")),
      answer_header_(known("assistant\n")),
      think_block_(known("<think>\n\n</think>\n\n")),
      line_break_(known("\n")) {}

RowEncoder::Known RowEncoder::known(std::string_view text) {
  Known result{std::string(text), {}};
  tokenizer_.encode(text, AddedTokenPolicy::kNonSpecial, result.ids);
  return result;
}

void RowEncoder::encode(const Conversation& conversation, Row& row) {
  row.ids.clear();
  row.loss_mask.clear();
  if (conversation.front().role != "system" && template_.default_system) {
    turn("system", *template_.default_system, loss_ == LossPolicy::kAll, false, true, row);
  }
  const std::size_t last_answer = last_of(conversation, "assistant"),
                    last_question = last_of(conversation, "user");
  for (std::size_t i = 0; i < conversation.size(); ++i) {
    const bool answer = conversation[i].role == "assistant", last = i + 1 == conversation.size();
    const bool wanted =
        loss_ == LossPolicy::kAll || (answer && (loss_ == LossPolicy::kAssistant || i == last_answer));
    const bool target = wanted && conversation[i].trained;
    const bool after_question =
        last_question < i;  // false without a question: last_of() is then past the end
    turn(conversation[i].role, conversation[i].content, target,
         answer && template_.empty_thinking && last && after_question, !last || template_.newline_after_last,
         row);
  }
  row.loss_mask.front() = 0;  // nothing stands before the first id that could predict it
}

void RowEncoder::turn(std::string_view role, std::string_view content, bool target, bool think_block,
                      bool newline, Row& row) {
  const bool all = loss_ == LossPolicy::kAll;
  marker(start_id_, all, row);
  if (role == "assistant") {
    // The header ends a piece: the prompt is then exactly what inference sends, even where an answer begins
    // with a newline.
    text(answer_header_, all, row);
    if (think_block) {
      text(think_block_, all, row);
      content.remove_prefix(std::min(content.find_first_not_of('\n'), content.size()));
    }
    text(content, target, row);
  } else {
    turn_.assign(role).append("\n").append(content);
    if (role == "system") {
      if (system_.text != turn_) system_ = known(turn_);
      text(system_, target, row);
    } else {
      text(turn_, target, row);
    }
  }
  marker(end_id_, target, row);
  if (newline) text(line_break_, all, row);
}

void RowEncoder::text(std::string_view text, bool target, Row& row) {
  tokenizer_.encode(text, AddedTokenPolicy::kNonSpecial, row.ids);
  row.loss_mask.resize(row.ids.size(), target ? 1 : 0);
}

void RowEncoder::text(const Known& text, bool target, Row& row) {
  row.ids.insert(row.ids.end(), text.ids.begin(), text.ids.end());
  row.loss_mask.resize(row.ids.size(), target ? 1 : 0);
}

void RowEncoder::marker(std::uint32_t id, bool target, Row& row) {
  row.ids.push_back(id);
  row.loss_mask.push_back(target ? 1 : 0);
}

}  // namespace hone
