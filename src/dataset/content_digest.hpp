#pragma once

#include <string>

#include "base/sha256.hpp"
#include "dataset/row.hpp"

namespace hone {

/// SHA-256 over the rows of a part: for each the length (uint32), ids (uint32 each), mask (uint8 each),
/// source file (uint32) and source line (uint64), little-endian. Depends on the rows alone, not on how HDF5
/// lays them out.
class ContentDigest {
 public:
  void add(const Row& row);
  /// Call once.
  std::string finish() { return sha256_.finish(); }

 private:
  Sha256 sha256_;
};

}  // namespace hone
