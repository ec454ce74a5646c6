#pragma once

#include <fstream>
#include <string>

#include "preprocess/line_reader.hpp"
#include "preprocess/segment.hpp"

namespace hone {

/// Reads the lines of a segment that is part of a file; lines are numbered from the segment's first.
class LineRangeReader {
 public:
  /// Throws Error(kRunTimeFailure) when the file can't be read.
  LineRangeReader(const std::string& path, const Segment& segment);

  /// False at the end of the segment.
  bool next(LineBlock& block);

 private:
  class Range : public ByteSource {
   public:
    Range(const std::string& path, const Segment& segment);
    std::size_t read(char* bytes, std::size_t most) override;
    std::uint64_t begin() const { return begin_; }

   private:
    std::string path_;
    std::ifstream file_;
    std::uint64_t begin_, left_;
  };

  std::uint32_t file_;
  Range range_;
  LineReader lines_;
};

}  // namespace hone
