#include "preprocess/marked_text.hpp"

#include <unistd.h>

#include "base/utf8.hpp"

namespace hone {

std::vector<Stretch> stretches_of(const TokenizerModel& tokenizer, const Row& row) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < row.ids.size(); ++i) {
    const bool target = i > 0 && row.loss_mask[i] != 0;  // as count_targets has it
    if (stretches.empty() || stretches.back().target != target) stretches.push_back({"", target});
    stretches.back().bytes += tokenizer.bytes_of(row.ids[i]);
  }
  return stretches;
}

TargetMark mark_for_output() {
  return isatty(STDOUT_FILENO) != 0 ? TargetMark::kColour : TargetMark::kBrackets;
}

std::string marked_text(std::span<const Stretch> stretches, TargetMark mark) {
  const bool colour = mark == TargetMark::kColour;
  const std::string begin = colour ? "\x1b[32m" : "\u27E6", end = colour ? "\x1b[0m" : "\u27E7";
  std::string text;
  for (const Stretch& stretch : stretches) {
    // Bytes of a character may lie in several tokens, so a stretch is made harmless at once.
    const std::string shown = harmless_text(stretch.bytes);
    text += stretch.target ? begin + shown + end : shown;
  }
  return text;
}

}  // namespace hone
