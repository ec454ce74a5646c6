#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace hone {

/// Ids of words seen lately: a fixed table of one-cache-line slots in which a new word takes the place of the
/// old one. Small enough to stay in the processor's cache, which a hash map over all words of a corpus does
/// not. For one thread.
class WordCache {
 public:
  static constexpr std::size_t kMaxWordBytes = 30, kMaxIds = 8;

  WordCache() : slots_(std::size_t{1} << kSlotBits) {}

  /// Where `word` is kept, if it is.
  static std::size_t slot_of(std::string_view word) {
    // Ends and length tell words apart well enough here: of two words in one slot the later one stays.
    std::uint64_t head = 0, tail = 0;
    const std::size_t part = word.size() < 8 ? word.size() : 8;
    std::memcpy(&head, word.data(), part);
    std::memcpy(&tail, word.data() + word.size() - part, part);
    const std::uint64_t mixed = (head ^ (std::rotl(tail, 23) + word.size())) * 0x9E3779B97F4A7C15u;
    return static_cast<std::size_t>((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9u >> (64 - kSlotBits));
  }
  /// Has the processor fetch a slot that will be looked at soon.
  void prefetch(std::size_t slot) const { __builtin_prefetch(&slots_[slot]); }

  /// Of the ids put for `word`, whose slot_of() is `place`; empty when it is not (or no longer) there. Valid
  /// until the next put().
  std::span<const std::uint32_t> find(std::string_view word, std::size_t place) const {
    const Slot& slot = slots_[place];
    const bool same = !word.empty() && slot.length == word.size() &&
                      std::memcmp(slot.bytes.data(), word.data(), word.size()) == 0;
    return same ? std::span(slot.ids.data(), slot.count) : std::span<const std::uint32_t>();
  }

  /// Words or id lists too long for a slot are not kept.
  void put(std::string_view word, std::size_t place, std::span<const std::uint32_t> ids) {
    if (word.size() > kMaxWordBytes || ids.empty() || ids.size() > kMaxIds) return;
    Slot& slot = slots_[place];
    slot.length = static_cast<std::uint8_t>(word.size());
    slot.count = static_cast<std::uint8_t>(ids.size());
    std::memcpy(slot.bytes.data(), word.data(), word.size());
    std::memcpy(slot.ids.data(), ids.data(), ids.size_bytes());
  }

 private:
  struct alignas(64) Slot {
    std::array<std::uint32_t, kMaxIds> ids;
    std::array<char, kMaxWordBytes> bytes;
    std::uint8_t length = 0, count = 0;
  };
  static_assert(sizeof(Slot) == 64);
  static constexpr int kSlotBits = 15;

  std::vector<Slot> slots_;
};

}  // namespace hone
