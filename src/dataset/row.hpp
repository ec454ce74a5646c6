#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hone {

/// One tokenized conversation and where it came from.
struct Row {
  std::vector<std::uint32_t> ids;
  std::vector<std::uint8_t> loss_mask;  // 1 where the id is a target
  std::uint32_t source_file = 0;        // index into the manifest's inputs
  std::uint64_t source_line = 0;        // from 1
  std::uint32_t source_nth = 0;         // among the rows that begin in that line; no dataset keeps it
};

/// Targets of a row. Its first id has nothing before it and never counts.
inline std::uint32_t count_targets(std::span<const std::uint8_t> loss_mask) {
  std::uint32_t count = 0;
  for (std::size_t i = 1; i < loss_mask.size(); ++i) count += loss_mask[i] != 0 ? 1 : 0;
  return count;
}

}  // namespace hone
