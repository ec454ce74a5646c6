#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
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

  WordCache() : slots_(kSlots) {}

  /// Of the ids put for `word`; empty when it is not (or no longer) there. Valid until the next put().
  std::span<const std::uint32_t> find(std::string_view word) const {
    const Slot& slot = slots_[slot_of(word)];
    const bool same = !word.empty() && slot.length == word.size() &&
                      std::memcmp(slot.bytes.data(), word.data(), word.size()) == 0;
    return same ? std::span(slot.ids.data(), slot.count) : std::span<const std::uint32_t>();
  }

  /// Words or id lists too long for a slot are not kept.
  void put(std::string_view word, std::span<const std::uint32_t> ids) {
    if (word.size() > kMaxWordBytes || ids.empty() || ids.size() > kMaxIds) return;
    Slot& slot = slots_[slot_of(word)];
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
  static constexpr std::size_t kSlots = std::size_t{1} << 17;

  static std::size_t slot_of(std::string_view word) {
    return std::hash<std::string_view>{}(word) & (kSlots - 1);
  }

  std::vector<Slot> slots_;
};

}  // namespace hone
