#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "preprocess/block_result.hpp"
#include "preprocess/encoding.hpp"
#include "preprocess/input_sequence.hpp"
#include "preprocess/slice.hpp"
#include "preprocess/team.hpp"
#include "preprocess/work_folder.hpp"

namespace hone {

/// Encodes those segments of a work folder that are this process's and aren't there yet.
class SegmentEncoder {
 public:
  /// All must outlive it. The work is dealt out to `slice`, and within that to the ranks of `team`.
  SegmentEncoder(const Encoding& encoding, const PreprocessOptions& options, InputSequence& inputs,
                 const std::vector<Segment>& segments, const WorkFolder& work, const Team& team);

  using Take = std::function<void(BlockResult&)>;

  /// With the given number of threads. Throws what reading, encoding and writing throw.
  void run(int threads) { run(threads, nullptr); }
  /// Hands the blocks of all segments on besides, in order, those of segments that are there already too. For
  /// a process that has all the work to itself.
  void run_and_take(int threads, const Take& take) { run(threads, &take); }

 private:
  bool is_mine(std::size_t item) const;
  std::vector<std::size_t> missing_segments() const;
  void hash_inputs(const std::atomic<bool>& stop) const;
  void run(int threads, const Take* take);

  const Encoding& encoding_;
  const PreprocessOptions& options_;
  InputSequence& inputs_;
  const std::vector<Segment>& segments_;
  const WorkFolder& work_;
  Slice slice_, rank_;
};

}  // namespace hone
