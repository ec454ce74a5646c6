#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>

namespace hone {

/// One of the processes that make a dataset together without knowing each other.
struct Slice {
  std::size_t index = 0, count = 1;  // index from 0

  /// "3/8", counted from 1
  std::string text() const { return fmt::format("{}/{}", index + 1, count); }
  bool has(std::size_t item) const { return item % count == index; }
};

}  // namespace hone
