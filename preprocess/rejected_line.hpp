#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hone {

/// A row that was not taken, and why.
struct RejectedLine {
  std::uint32_t file = 0;
  std::uint64_t line = 0, byte = 0;  // line from 1; byte offset of the row in its input, unpacked
  std::string reason;

  /// Hands what it holds to a BinaryWriter or BinaryReader.
  template <typename Archive>
  void archive(Archive& archive) {
    archive(file, line, byte, reason);
  }
};

/// "FILE:LINE (byte B)"
std::string place_of(const std::vector<std::string>& inputs, const RejectedLine& line);

}  // namespace hone
