#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataset/manifest.hpp"
#include "preprocess/input_reader.hpp"
#include "preprocess/line_range_reader.hpp"
#include "preprocess/options.hpp"
#include "preprocess/segment.hpp"

namespace hone {

/// Reads the inputs one after the other, segment by segment.
class InputSequence {
 public:
  /// Keeps a reference to the options. Looks at the beginning of every input before any work, for its format,
  /// and says that; warns of files that come more than once. Throws Error(kData) for one that can't be read,
  /// is cut short or damaged there, or whose format can't be recognised.
  explicit InputSequence(const PreprocessOptions& options);

  /// What next() reads, in order: packed inputs, arrays and standard input as one segment each, files of
  /// lines cut at every `bytes`.
  std::vector<Segment> segments(std::uint64_t bytes) const;
  /// Has next() read these of `segments` alone, by index, in this order.
  void choose(const std::vector<Segment>& segments, const std::vector<std::size_t>& wanted);

  /// False after the last block of the last segment chosen. Every segment ends with an empty block.
  bool next(LineBlock& block);

  /// In order, without hashes; the size of standard input is not known.
  const std::vector<Manifest::Input>& inputs() const { return inputs_; }
  /// Of the files to read as they lie on disk; 0 where standard input is among them, whose size is not known.
  std::uint64_t total_bytes() const;
  /// Whether the format of some input has rows of plain text.
  bool may_be_plain() const;

 private:
  struct Chosen {
    std::size_t index;
    Segment segment;
  };
  void look_at(std::uint32_t file);
  void open(const Segment& segment);
  bool read(LineBlock& block);
  void end_segment(LineBlock& block);

  const PreprocessOptions& options_;
  std::vector<Manifest::Input> inputs_;
  std::vector<RowFormat> formats_;
  std::vector<bool> can_be_cut_;
  std::vector<Chosen> chosen_;
  std::size_t next_ = 0;  // of the segments chosen
  std::unique_ptr<InputReader> whole_;
  std::unique_ptr<LineRangeReader> part_;
  // Standard input can't be opened again: what was looked at is kept.
  std::unique_ptr<InputReader> standard_input_;
  std::unique_ptr<LineBlock> looked_at_;
};

}  // namespace hone
