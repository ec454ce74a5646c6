#include "preprocess/shown_rows.hpp"

#include "base/log.hpp"
#include "preprocess/marked_text.hpp"

namespace hone {
void ShownRows::add(const Row& row) {
  if (left_ == 0) return;
  --left_;
  rows_.push_back(row);
}

void ShownRows::print(const TokenizerModel& tokenizer, const std::vector<std::string>& inputs) const {
  const TargetMark mark = mark_for_output();
  for (const Row& row : rows_) {
    log::info("\n{}:{}, {} tokens, {} targets\n{}", inputs[row.source_file], row.source_line, row.ids.size(),
              count_targets(row.loss_mask), marked_text(stretches_of(tokenizer, row), mark));
  }
}

}  // namespace hone
