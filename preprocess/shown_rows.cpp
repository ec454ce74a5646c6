#include "preprocess/shown_rows.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.hpp"

namespace hone {
namespace {

std::string harmless(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    if ((number < 0x20 && byte != '\n' && byte != '\t') || number == 0x7F) {
      text += fmt::format("\\x{:02x}", number);
    } else {
      text += byte;
    }
  }
  return text;
}

}  // namespace

std::string marked_text(const TokenizerModel& tokenizer, const Row& row, TargetMark mark) {
  const bool colour = mark == TargetMark::kColour;
  const std::string begin = colour ? "\x1b[32m" : "\xE2\x9F\xA6", end = colour ? "\x1b[0m" : "\xE2\x9F\xA7";
  // Bytes of a character may lie in several tokens, so whole stretches are made harmless at once.
  std::string text, stretch;
  bool inside = false;
  const auto close = [&] {
    text += inside ? begin + harmless(stretch) + end : harmless(stretch);
    stretch.clear();
  };
  for (std::size_t i = 0; i < row.ids.size(); ++i) {
    if ((row.loss_mask[i] != 0) != inside) {
      close();
      inside = !inside;
    }
    stretch += tokenizer.bytes_of(row.ids[i]);
  }
  close();
  return text;
}

void ShownRows::add(const Row& row) {
  if (left_ == 0) return;
  --left_;
  rows_.push_back(row);
}

void ShownRows::print(const TokenizerModel& tokenizer, const std::vector<std::string>& inputs) const {
  const TargetMark mark = isatty(STDOUT_FILENO) != 0 ? TargetMark::kColour : TargetMark::kBrackets;
  for (const Row& row : rows_) {
    log::info("\n{}:{}, {} tokens, {} targets\n{}", inputs[row.source_file], row.source_line, row.ids.size(),
              count_targets(row.loss_mask), marked_text(tokenizer, row, mark));
  }
}

}  // namespace hone
