#include "preprocess/segment_store.hpp"

namespace hone {

void SegmentStore::add(const BlockResult& result) {
  if (!file_) file_.emplace(work_.temporary_file(result.segment));
  (*file_)(result);
  if (!result.ends_segment) return;
  file_->flush();
  file_.reset();
  work_.keep_segment(result.segment);
}

void read_segments(const WorkFolder& work, std::size_t count, const std::function<void(BlockResult&)>& take) {
  std::uint32_t input = 0;
  std::uint64_t lines = 0;  // of the input's segments before
  for (std::size_t index = 0; index < count; ++index) {
    BinaryReader file(work.segment_file(index));
    std::uint64_t here = 0;
    BlockResult result;
    do {
      result = {};
      file(result);
      if (result.file != input) lines = 0;
      input = result.file;
      result.shift_lines(lines);
      here += result.lines;
      take(result);
    } while (!result.ends_segment);
    lines += here;
  }
}

}  // namespace hone
