#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <unordered_set>

#include "dataset/row.hpp"

namespace hone {

/// Tells rows that have come before: those with the same ids and the same targets. Keeps 128 bits of a
/// SHA-256 of each row, which take about 56 bytes of memory.
class DuplicateFilter {
 public:
  /// False for the first row of its kind.
  bool seen_before(const Row& row);

 private:
  using Key = std::array<std::uint64_t, 2>;
  struct First {
    std::size_t operator()(const Key& key) const { return key[0]; }  // hashed already
  };
  std::unordered_set<Key, First> seen_;
};

}  // namespace hone
