#include "preprocess/tokenizer/vocabulary.hpp"

#include <bit>
#include <functional>

namespace hone {
namespace {

std::uint32_t hash_of(std::string_view bytes) {
  const std::uint64_t hash = std::hash<std::string_view>{}(bytes);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

Vocabulary::Vocabulary(std::size_t tokens) : slots_(std::bit_ceil(tokens + tokens / 2 + 1)) {
  bytes_.reserve(tokens * 8);
}

void Vocabulary::insert(std::string_view bytes, Id id) {
  const std::uint32_t hash = hash_of(bytes);
  Slot& slot = slots_[place_of(bytes, hash)];
  if (slot.length == kEmpty) {
    slot = {hash, id, static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(bytes.size())};
    bytes_ += bytes;
  }
  slot.id = id;
}

std::optional<Vocabulary::Id> Vocabulary::find(std::string_view bytes) const {
  const Slot& slot = slots_[place_of(bytes, hash_of(bytes))];
  return slot.length == kEmpty ? std::nullopt : std::optional(slot.id);
}

// Where the token is, or the empty slot where it would go.
std::size_t Vocabulary::place_of(std::string_view bytes, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t place = hash & mask;; place = (place + 1) & mask) {
    const Slot& slot = slots_[place];
    const bool same = slot.hash == hash && slot.length == bytes.size() &&
                      std::string_view(bytes_).substr(slot.begin, slot.length) == bytes;
    if (slot.length == kEmpty || same) return place;
  }
}

}  // namespace hone
