#include "preprocess/block_processor.hpp"

#include <algorithm>
#include <variant>

namespace hone {
namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

// What the recognised Qwen3 template renders in ways this version does not.
const char* unsupported_reason(const ChatTemplate& chat_template, const Conversation& conversation) {
  if (!chat_template.empty_thinking) return nullptr;
  for (const Turn& turn : conversation) {
    if (turn.role == "assistant" && turn.content.find("</think>") != std::string::npos) {
      return "thinking in an answer is not supported yet with this template";
    }
    if (turn.role == "user" && turn.content.starts_with("<tool_response>") &&
        turn.content.ends_with("</tool_response>")) {
      return "tool responses are not supported yet with this template";
    }
  }
  return nullptr;
}

}  // namespace

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
  return result;
}

void BlockProcessor::process_line(std::string_view line, const RejectedLine& place, BlockResult& result) {
  if (is_blank(line)) {
    ++result.blank_lines;
    return;
  }
  auto parsed = parse_conversation(line);
  RejectedLine rejected = place;
  if (const auto* bad = std::get_if<BadLine>(&parsed)) {
    rejected.reason = bad->reason;
    result.bad.push_back(rejected);
    return;
  }
  const auto& conversation = std::get<Conversation>(parsed);
  if (const char* reason = unsupported_reason(template_, conversation)) {
    rejected.reason = reason;
    result.bad.push_back(rejected);
    return;
  }
  const auto drop = [&](const char* reason) {
    ++result.dropped[reason];
    rejected.reason = reason;
    result.first_dropped.emplace(reason, rejected);
  };
  Row row;
  encoder_.encode(conversation, row);
  row.source_file = place.file;
  row.source_line = place.line;
  const auto limit = static_cast<std::size_t>(options_.model_max_length);
  if (row.ids.size() > limit) {
    switch (options_.overlong) {
      case OverlongPolicy::kDrop: return drop("overlong");
      case OverlongPolicy::kError:
        rejected.reason = std::to_string(row.ids.size()) + " tokens";
        result.overlong.push_back(rejected);
        return;
      case OverlongPolicy::kTruncate:
        row.ids.resize(limit);
        row.loss_mask.resize(limit);
        if (count_targets(row.loss_mask) == 0) return drop("no_target_after_truncation");
        ++result.truncated;
    }
  }
  if (count_targets(row.loss_mask) == 0) return drop("no_target");
  result.empty_answers +=
      static_cast<std::uint64_t>(std::any_of(conversation.begin(), conversation.end(), [](const Turn& turn) {
        return turn.role == "assistant" && turn.content.empty();
      }));
  result.max_id = std::max<std::uint64_t>(result.max_id, *std::max_element(row.ids.begin(), row.ids.end()));
  result.rows.push_back(std::move(row));
}

}  // namespace hone
