#pragma once

#include <cstdint>
#include <filesystem>

namespace hone {

/// A stretch of one input that is encoded and kept as a whole: all of it, or the lines that begin within
/// [begin, end) of a file that isn't packed.
struct Segment {
  std::uint32_t file = 0;            // index of the input
  std::uint64_t begin = 0, end = 0;  // bytes; both 0: the whole input

  bool whole() const { return end == 0; }
  bool operator==(const Segment&) const = default;
};

/// Where the first line begins that begins at `byte` or behind it; the file's size where none does. Throws
/// Error(kRunTimeFailure).
std::uint64_t line_start(const std::filesystem::path& file, std::uint64_t byte);

/// Lines that begin before `byte`, where a line begins. Reads the file up to there.
std::uint64_t lines_before(const std::filesystem::path& file, std::uint64_t byte);

}  // namespace hone
