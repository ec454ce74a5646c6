#include "preprocess/block_processor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/error.hpp"
#include "preprocess/message_check.hpp"
#include "preprocess/reject_log.hpp"

namespace hone {
namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// What the recognised Qwen3 template does more with than the built-in one.
bool needs_program(const ChatTemplate& chat_template, const Conversation& conversation) {
  return chat_template.empty_thinking &&
         std::any_of(conversation.begin(), conversation.end(), [](const Turn& turn) {
           return turn.role == "assistant"
                      ? turn.content.find("</think>") != std::string::npos
                      : turn.role == "user" && turn.content.starts_with("<tool_response>") &&
                            turn.content.ends_with("</tool_response>");
         });
}

void drop(const char* reason, RejectedLine place, BlockResult& result) {
  ++result.dropped[reason];
  place.reason = reason;
  result.first_dropped.emplace(reason, place);
}

bool has_empty_answer(const Chat& chat) {
  for (std::size_t i = 0; i < chat.messages.size(); ++i) {
    const OrderedJson& message = chat.messages[i];
    if (chat.is_answer(i) && message.value("content", OrderedJson()) == "" &&
        !has_value(message, "tool_calls") && !has_value(message, "reasoning_content"))
      return true;
  }
  return false;
}

bool has_empty_answer(const Conversation& conversation) {
  return std::any_of(conversation.begin(), conversation.end(),
                     [](const Turn& turn) { return turn.role == "assistant" && turn.content.empty(); });
}

}  // namespace

BlockProcessor::BlockProcessor(const TokenizerModel& tokenizer, const ChatTemplate& chat_template,
                               const PreprocessOptions& options)
    : tokenizer_(tokenizer), template_(chat_template), options_(options) {
  if (chat_template.built_in) built_in_.emplace(tokenizer, chat_template, options.loss);
}

BlockResult BlockProcessor::process(const LineBlock& block) {
  BlockResult result;
  result.bytes = block.text.size();
  RejectedLine place{block.file, block.first_line, block.first_byte, {}};
  std::string_view rest = block.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    process_line(line, place, result);
    const std::size_t consumed = std::min(end + 1, rest.size());
    rest.remove_prefix(consumed);
    place.byte += consumed;
    ++place.line;
  }
  result.told_time = programmed_ && programmed_->told_time();
  return result;
}

void BlockProcessor::process_line(std::string_view line, RejectedLine place, BlockResult& result) {
  if (is_blank(line)) {
    ++result.blank_lines;
    return;
  }
  if (const Conversation* const plain = plain_line(line)) {
    built_in_->encode(*plain, row_);
    return finish_row(row_, has_empty_answer(*plain), place, result);
  }
  const auto reject = [&](const std::string& reason) {
    place.reason = reason;
    result.bad.push_back(place);
  };
  auto parsed = parse_chat(line);
  if (const auto* bad = std::get_if<BadLine>(&parsed)) return reject(bad->reason);
  std::vector<Chat> chats;
  chats.push_back(std::get<Chat>(std::move(parsed)));
  if (options_.thinking == ThinkingPolicy::kStrip) strip_thinking(chats.front());
  if (options_.thinking == ThinkingPolicy::kSplit) chats = split_by_answers(chats.front(), options_.loss);
  if (chats.empty()) return drop("no_target", place, result);
  std::vector<Row> rows(chats.size());
  for (std::size_t i = 0; i < chats.size(); ++i) {
    if (const auto fault = encode(chats[i], place, rows[i])) return reject(*fault);
  }
  for (std::size_t i = 0; i < chats.size(); ++i)
    finish_row(rows[i], has_empty_answer(chats[i]), place, result);
}

// Null where the line has to be parsed in full.
const Conversation* BlockProcessor::plain_line(std::string_view line) {
  if (!built_in_ || options_.thinking != ThinkingPolicy::kKeep) return nullptr;
  const Conversation* const plain = plain_.read(line);
  return plain != nullptr && !needs_program(template_, *plain) ? plain : nullptr;
}

std::optional<std::string> BlockProcessor::encode(const Chat& chat, const RejectedLine& place, Row& row) {
  const auto plain = built_in_ ? plain_conversation(chat) : std::nullopt;
  if (plain && !(template_.program && needs_program(template_, *plain))) {
    built_in_->encode(*plain, row);
    return std::nullopt;
  }
  if (!template_.program) {
    return fmt::format(
        "it has tools, tool calls, thinking or parts, which --template {} does not render; choose "
        "--template auto or jinja",
        template_.name);
  }
  if (!programmed_) programmed_.emplace(tokenizer_, template_, options_.loss);
  try {
    return programmed_->encode(chat, row);
  } catch (const jinja::TemplateError& error) {
    fail_data(fmt::format("the chat template can't be run on {}", place_of(options_.inputs, place)),
              error.with_place(), "choose another --template, or leave that line out");
  }
}

void BlockProcessor::finish_row(Row& row, bool empty_answer, RejectedLine place, BlockResult& result) {
  row.source_file = place.file;
  row.source_line = place.line;
  const auto limit = static_cast<std::size_t>(options_.model_max_length);
  if (row.ids.size() > limit) {
    switch (options_.overlong) {
      case OverlongPolicy::kDrop: return drop("overlong", place, result);
      case OverlongPolicy::kError:
        place.reason = std::to_string(row.ids.size()) + " tokens";
        result.overlong.push_back(place);
        return;
      case OverlongPolicy::kTruncate:
        row.ids.resize(limit);
        row.loss_mask.resize(limit);
        if (count_targets(row.loss_mask) == 0) return drop("no_target_after_truncation", place, result);
        ++result.truncated;
    }
  }
  if (count_targets(row.loss_mask) == 0) return drop("no_target", place, result);
  result.empty_answers += empty_answer ? 1 : 0;
  for (const std::uint32_t id : row.ids) result.max_id = std::max<std::uint64_t>(result.max_id, id);
  result.rows.push_back(row);  // a copy takes no more room than it needs
}

}  // namespace hone
