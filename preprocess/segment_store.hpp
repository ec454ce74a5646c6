#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <optional>

#include "preprocess/binary_file.hpp"
#include "preprocess/block_result.hpp"
#include "preprocess/work_folder.hpp"

namespace hone {

/// Keeps the blocks of segments in a work folder as they come, segment after segment.
class SegmentStore {
 public:
  /// Who reads the segments: this run, or only one that goes on after it was killed.
  enum class Reader { kThisRun, kLaterRun };

  /// `work` must outlive it.
  SegmentStore(const WorkFolder& work, Reader reader) : work_(work), reader_(reader) {}

  /// The block that ends a segment makes its file whole, while others are added: a disk may be slow to say
  /// that it has it. Throws Error(kRunTimeFailure), which may be of the segment before.
  void add(const BlockResult& result);
  /// Until every segment that has ended is kept. Throws as add() does.
  void wait();

 private:
  void keep(std::size_t segment) const;

  const WorkFolder& work_;
  Reader reader_;
  std::optional<BinaryWriter> file_;
  std::future<void> keeping_;
};

/// Hands the blocks of the segments from `first` to before `end` on in order. Each must be there.
void read_segments(const WorkFolder& work, std::size_t first, std::size_t end,
                   const std::function<void(BlockResult&)>& take);

}  // namespace hone
