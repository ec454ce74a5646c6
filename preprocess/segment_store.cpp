#include "preprocess/segment_store.hpp"

namespace hone {

void SegmentStore::add(const BlockResult& result) {
  if (!file_) file_.emplace(work_.temporary_file(result.segment));
  (*file_)(result);
  if (!result.ends_segment) return;
  file_->flush();
  file_.reset();
  wait();
  keeping_ = std::async(std::launch::async, [this, index = result.segment] { work_.keep_segment(index); });
}

void SegmentStore::wait() {
  if (keeping_.valid()) keeping_.get();
}

void read_segments(const WorkFolder& work, std::size_t first, std::size_t end,
                   const std::function<void(BlockResult&)>& take) {
  for (std::size_t index = first; index < end; ++index) {
    BinaryReader file(work.segment_file(index));
    BlockResult result;
    do {
      result = {};
      file(result);
      take(result);
    } while (!result.ends_segment);
  }
}

}  // namespace hone
