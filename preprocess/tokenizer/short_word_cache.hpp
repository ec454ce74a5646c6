#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace hone {

/// A word of at most 15 bytes as one value: its bytes, zeroes behind them, its length in the last byte.
struct ShortWord {
  static constexpr std::size_t kMaxBytes = 15;

  std::uint64_t low = 0, high = 0;

  /// Of the first `length` of 16 readable bytes.
  static ShortWord of(const char* bytes, std::size_t length) {
    static_assert(std::endian::native == std::endian::little);
    ShortWord word;
    std::memcpy(&word.low, bytes, 8);
    std::memcpy(&word.high, bytes + 8, 8);
    constexpr auto kAll = ~std::uint64_t{0};
    const std::uint64_t low_mask = length < 8 ? ~(kAll << (8 * length)) : kAll;
    const std::uint64_t high_mask = length < 8 ? 0 : ~(kAll << (8 * (length - 8)));
    word.low &= low_mask;
    word.high = (word.high & high_mask) | std::uint64_t{length} << 56;
    return word;
  }
  /// Of a word with nothing readable behind it.
  static ShortWord of(std::string_view text) {
    std::array<char, 16> bytes{};
    text.copy(bytes.data(), kMaxBytes);
    return of(bytes.data(), text.size());
  }
};

/// Ids of short words seen lately, which are nearly all words of most scripts: a table of pairs of 32-byte
/// slots, a cache line each, in which a new word takes the place of the older one. A word is compared as two
/// numbers and all of a slot's ids are copied whatever their count, so that finding one takes no loop. For
/// one thread.
class ShortWordCache {
 public:
  using Id = std::uint32_t;
  static constexpr std::size_t kMaxIds = 4;

  ShortWordCache() : pairs_(std::size_t{1} << kPairBits) {}

  /// Where `word` is kept, if it is.
  static std::size_t place_of(const ShortWord& word) {
    const std::uint64_t mixed =
        (word.low ^ std::rotl(word.high * 0xBF58476D1CE4E5B9u, 31)) * 0x9E3779B97F4A7C15u;
    return static_cast<std::size_t>((mixed ^ (mixed >> 29)) * 0x94D049BB133111EBu >> (64 - kPairBits));
  }
  /// Has the processor fetch a place that will be looked at soon.
  void prefetch(std::size_t place) const { __builtin_prefetch(&pairs_[place]); }

  /// Writes kMaxIds values to `ids`; how many of them are the ids of `word`, whose place_of() is `place`: 0
  /// when it is not (or no longer) there.
  std::size_t find(const ShortWord& word, std::size_t place, Id* ids) const {
    const Pair& pair = pairs_[place];
    const Slot& slot = pair.slots[pair.slots[0].holds(word) ? 0 : 1];  // no branch: it would be guessed badly
    std::memcpy(ids, slot.ids.data(), sizeof slot.ids);
    return slot.holds(word) ? slot.high >> kCountShift : 0;
  }

  /// More ids than a slot holds are not kept.
  void put(const ShortWord& word, std::size_t place, std::span<const Id> ids) {
    if (ids.empty() || ids.size() > kMaxIds) return;
    auto& [slot, older] = pairs_[place].slots;
    older = slot;
    slot.low = word.low;
    slot.high = word.high | std::uint64_t{ids.size()} << kCountShift;
    std::memcpy(slot.ids.data(), ids.data(), ids.size_bytes());
  }

 private:
  static constexpr int kPairBits = 16, kCountShift = 60;
  static constexpr std::uint64_t kCountMask = std::uint64_t{0xF} << kCountShift;

  struct Slot {
    std::uint64_t low = 0, high = 0;  // the word; its length leaves the highest bits to the count of ids
    std::array<Id, kMaxIds> ids{};

    bool holds(const ShortWord& word) const {
      return ((low ^ word.low) | ((high ^ word.high) & ~kCountMask)) == 0;
    }
  };
  struct alignas(64) Pair {
    std::array<Slot, 2> slots;  // the newer word first
  };
  static_assert(sizeof(Pair) == 64);

  std::vector<Pair> pairs_;
};

}  // namespace hone
