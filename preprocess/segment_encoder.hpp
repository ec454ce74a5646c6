#pragma once

#include <vector>

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

  /// With the given number of threads. Throws what reading, encoding and writing throw.
  void run(int threads);

 private:
  bool is_mine(std::size_t item) const;
  void hash_inputs() const;

  const Encoding& encoding_;
  const PreprocessOptions& options_;
  InputSequence& inputs_;
  const std::vector<Segment>& segments_;
  const WorkFolder& work_;
  Slice slice_, rank_;
};

}  // namespace hone
