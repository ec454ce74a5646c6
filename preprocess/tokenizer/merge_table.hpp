#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace hone {

/// Which pairs of ids merge, at what rank and into what: a hash table with open addressing, since a lookup
/// for each pair of symbols is most of what encoding a new word costs. Filled first, then read by many
/// threads.
class MergeTable {
 public:
  using Id = std::uint32_t;
  struct Merge {
    std::uint32_t rank;
    Id id;
  };

  /// Room for `merges` insertions.
  explicit MergeTable(std::size_t merges)
      : bits_(static_cast<int>(std::bit_width(merges * 2 | 15))),
        slots_(std::size_t{1} << bits_, Slot{kEmpty, {0, 0}}) {}

  /// A pair that comes again takes the later merge, as in Hugging Face's table.
  void insert(Id left, Id right, Merge merge) {
    Slot& slot = slots_[place_of(key(left, right))];
    slot = {key(left, right), merge};
  }

  /// Has the processor fetch what find() of the pair will look at.
  void prefetch(Id left, Id right) const { __builtin_prefetch(&slots_[first_place(key(left, right))]); }

  /// Null when the pair does not merge.
  const Merge* find(Id left, Id right) const {
    const Slot& slot = slots_[place_of(key(left, right))];
    return slot.key == kEmpty ? nullptr : &slot.merge;
  }

 private:
  struct Slot {
    std::uint64_t key;
    Merge merge;
  };
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};  // no tokenizer has 2^32 ids

  static std::uint64_t key(Id left, Id right) { return (std::uint64_t{left} << 32) | right; }

  // Fibonacci hashing (Knuth, TAOCP 6.4).
  std::size_t first_place(std::uint64_t key) const { return (key * 0x9E3779B97F4A7C15u) >> (64 - bits_); }
  // Where `key` is, or the empty slot where it would go, by linear probing.
  std::size_t place_of(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = first_place(key);
    while (slots_[place].key != key && slots_[place].key != kEmpty) place = (place + 1) & mask;
    return place;
  }

  int bits_;
  std::vector<Slot> slots_;
};

}  // namespace hone
