#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "preprocess/binary_file.hpp"
#include "preprocess/block_result.hpp"
#include "preprocess/work_folder.hpp"

namespace hone {

/// Keeps the blocks of segments in a work folder as they come, segment after segment.
class SegmentStore {
 public:
  explicit SegmentStore(const WorkFolder& work) : work_(work) {}

  /// The block that ends a segment makes its file whole. Throws Error(kRunTimeFailure).
  void add(const BlockResult& result);

 private:
  const WorkFolder& work_;
  std::optional<BinaryWriter> file_;
};

/// Hands the blocks of all segments on in order, lines counted from the beginning of each input. Every
/// segment must be there.
void read_segments(const WorkFolder& work, std::size_t count, const std::function<void(BlockResult&)>& take);

}  // namespace hone
