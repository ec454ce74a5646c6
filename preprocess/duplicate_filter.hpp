#pragma once

#include <cstdint>
#include <unordered_set>

#include "dataset/row_digest.hpp"

namespace hone {

/// Tells rows that have come before: those with the same ids and the same targets. Keeps a digest of each
/// row, which takes about 56 bytes of memory.
class DuplicateFilter {
 public:
  /// False for the first row of its kind.
  bool seen_before(const Row& row) { return !seen_.insert(digest_of(row)).second; }

 private:
  struct First {
    std::size_t operator()(const RowDigest& digest) const { return digest[0]; }  // hashed already
  };
  std::unordered_set<RowDigest, First> seen_;
};

}  // namespace hone
