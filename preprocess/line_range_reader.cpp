#include "preprocess/line_range_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace hone {

LineRangeReader::Range::Range(const std::string& path, const Segment& segment)
    : path_(path),
      file_(path, std::ios::binary),
      begin_(line_start(path, segment.begin)),
      left_(line_start(path, segment.end) - begin_) {
  file_.seekg(static_cast<std::streamoff>(begin_));
}

std::size_t LineRangeReader::Range::read(char* bytes, std::size_t most) {
  if (left_ == 0) return 0;
  file_.read(bytes, static_cast<std::streamsize>(std::min<std::uint64_t>(most, left_)));
  const auto got = static_cast<std::size_t>(file_.gcount());
  if (got == 0) fail_run(fmt::format("reading {} failed", path_), "it was cut short", "start again");
  left_ -= got;
  return got;
}

LineRangeReader::LineRangeReader(const std::string& path, const Segment& segment)
    : file_(segment.file), range_(path, segment), lines_(range_, range_.begin()) {}

bool LineRangeReader::next(LineBlock& block) {
  if (!lines_.next(block)) return false;
  block.file = file_;
  block.counted_from = range_.begin();
  block.file_bytes = block.text.size();
  return true;
}

}  // namespace hone
