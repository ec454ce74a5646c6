#include "preprocess/block_result.hpp"

namespace hone {

void BlockResult::shift_lines(std::uint64_t before) {
  if (before == 0) return;
  for (Row& row : rows) row.source_line += before;
  for (RejectedLine& line : bad) line.line += before;
  for (RejectedLine& line : overlong) line.line += before;
  for (auto& [reason, line] : first_dropped) line.line += before;
  unknown_keys.shift_lines(before);
}

}  // namespace hone
