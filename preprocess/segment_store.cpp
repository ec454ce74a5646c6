#include "preprocess/segment_store.hpp"

#include "base/page_cache.hpp"

namespace hone {

void SegmentStore::add(const BlockResult& result) {
  if (!file_) file_.emplace(work_.temporary_file(result.segment));
  (*file_)(result);
  if (!result.ends_segment) return;
  file_->close();
  file_.reset();
  wait();
  keeping_ = std::async(std::launch::async, [this, segment = result.segment] { keep(segment); });
}

void SegmentStore::keep(std::size_t segment) const {
  work_.keep_segment(segment);
  if (reader_ == Reader::kLaterRun) leave_page_cache(work_.segment_file(segment));
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
