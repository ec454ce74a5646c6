#include "preprocess/block_processor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/error.hpp"
#include "preprocess/message_check.hpp"
#include "preprocess/segment.hpp"
#include "preprocess/shown_text.hpp"

namespace hone {
namespace {

constexpr std::size_t kMostOfReason = 1000;  // bytes; a template may say the whole row

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
        !has_value(message, "tool_calls") && !has_thinking(message))
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
                               const PlainTextFrame& frame, const PreprocessOptions& options)
    : tokenizer_(tokenizer),
      frame_(frame),
      template_(chat_template),
      options_(options),
      plain_text_(tokenizer, frame, options.loss),
      reading_{RowFormat::kMessages, options.columns, options.loss == LossPolicy::kAll} {
  if (chat_template.built_in) built_in_.emplace(tokenizer, chat_template, options.loss);
}

BlockResult BlockProcessor::process(const LineBlock& block) {
  BlockResult result;
  result.file = block.file;
  result.bytes = block.file_bytes;
  result.lines = block.lines;
  result.segment = block.segment;
  result.ends_segment = block.ends_segment;
  result.input_sha256 = block.input_sha256;
  result.input_bytes = block.input_bytes;
  counted_from_ = block.counted_from;
  for_each_row(block, [&](std::string_view row, std::uint64_t line, std::uint64_t byte, std::uint32_t nth) {
    nth_in_line_ = nth;
    process_row(row, block.format, {block.file, line, byte, {}}, result);
  });
  result.told_time = programmed_ && programmed_->told_time();
  return result;
}

void BlockProcessor::process_row(std::string_view text, RowFormat format, RejectedLine place,
                                 BlockResult& result) {
  if (is_blank(text)) {
    ++result.blank_lines;
    return;
  }
  if (const Conversation* const plain = plain_messages(text, format)) {
    built_in_->encode(*plain, row_);
    return finish_row(row_, has_empty_answer(*plain), place, result);
  }
  const auto reject = [&](const std::string& reason) {
    place.reason = shown_text(reason, kMostOfReason);
    result.bad.push_back(place);
  };
  reading_.format = format;
  auto parsed = parse_chat(text, reading_);
  if (const auto* bad = std::get_if<BadLine>(&parsed)) return reject(bad->reason);
  std::vector<Chat> chats;
  chats.push_back(std::get<Chat>(std::move(parsed)));
  result.unknown_keys.add(chats.front(), place);
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

// Null where the row has to be parsed in full.
const Conversation* BlockProcessor::plain_messages(std::string_view text, RowFormat format) {
  if (!built_in_ || format != RowFormat::kMessages || !options_.columns.renamed().empty() ||
      options_.thinking != ThinkingPolicy::kKeep)
    return nullptr;
  const Conversation* const plain = plain_reader_.read(text);
  return plain != nullptr && !needs_program(template_, *plain) ? plain : nullptr;
}

std::optional<std::string> BlockProcessor::encode(const Chat& chat, const RejectedLine& place, Row& row) {
  if (chat.plain) {
    if (!frame_.fault.empty()) {
      fail_data(fmt::format("{} is plain text, which can't be encoded", named(place)), frame_.fault,
                "mend the tokenizer folder, or give conversations");
    }
    plain_text_.encode(chat, row);
    return std::nullopt;
  }
  const auto plain = built_in_ ? plain_conversation(chat) : std::nullopt;
  if (plain && !(template_.program && needs_program(template_, *plain))) {
    built_in_->encode(*plain, row);
    return std::nullopt;
  }
  if (!template_.program && !built_in_) {
    return fmt::format("a conversation, which --template {} does not render; choose another", template_.name);
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
    fail_data(fmt::format("the chat template can't be run on {}", named(place)), error.with_place(),
              "choose another --template, or leave that line out");
  }
}

// Lines of a segment inside a file are counted from its beginning; who reads this wants those of the file.
std::string BlockProcessor::named(RejectedLine place) const {
  place.line += lines_before(options_.inputs[place.file], counted_from_);
  return place_of(options_.inputs, place);
}

void BlockProcessor::finish_row(Row& row, bool empty_answer, RejectedLine place, BlockResult& result) {
  row.source_file = place.file;
  row.source_line = place.line;
  row.source_nth = nth_in_line_;
  std::uint8_t notes = empty_answer ? kEmptyAnswer : 0;
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
        notes |= kTruncated;
    }
  }
  if (count_targets(row.loss_mask) == 0) return drop("no_target", place, result);
  result.rows.push_back(row);  // a copy takes no more room than it needs
  result.notes.push_back(notes);
}

}  // namespace hone
