#include "preprocess/tokenizer/whole_characters.hpp"

#include <algorithm>
#include <array>

namespace hone {
namespace {

constexpr std::uint32_t kFirstPoint = 0x80, kPoints = 0x10000;
constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();

/// By token: the rank of the first merge with a token that ends the character before, or begins the one
/// after.
class OuterMerges {
 public:
  explicit OuterMerges(std::span<const TokenPair> merges) {
    std::uint32_t largest = 0;
    for (const TokenPair& pair : merges) largest = std::max({largest, pair.left, pair.right, pair.both});
    before_.assign(std::size_t{largest} + 1, kNever);
    after_ = before_;
    for (std::uint32_t rank = 0; rank < merges.size(); ++rank) {
      const TokenPair& pair = merges[rank];
      const auto last = static_cast<unsigned char>(pair.last_of_left),
                 first = static_cast<unsigned char>(pair.first_of_right);
      if (last >= 0x80) before_[pair.right] = std::min(before_[pair.right], rank);
      if (first >= 0xC0) after_[pair.left] = std::min(after_[pair.left], rank);
    }
  }
  std::uint32_t first_before(std::uint32_t id) const { return id < before_.size() ? before_[id] : kNever; }
  std::uint32_t first_after(std::uint32_t id) const { return id < after_.size() ? after_[id] : kNever; }

 private:
  std::vector<std::uint32_t> before_, after_;
};

/// A character on its way from bytes to one token.
struct Merging {
  std::array<std::uint32_t, 3> symbols{};
  std::size_t count = 0;

  /// False where a byte has no token.
  bool begin(std::uint32_t point, std::span<const std::int64_t, 256> byte_ids) {
    std::array<std::uint32_t, 3> bytes{};
    if (point < 0x800) {
      bytes = {0xC0 | point >> 6, 0x80 | (point & 0x3F), 0};
    } else {
      bytes = {0xE0 | point >> 12, 0x80 | (point >> 6 & 0x3F), 0x80 | (point & 0x3F)};
    }
    count = point < 0x800 ? 2 : 3;
    for (std::size_t i = 0; i < count; ++i) {
      if (byte_ids[bytes[i]] < 0) return false;
      symbols[i] = static_cast<std::uint32_t>(byte_ids[bytes[i]]);
    }
    return true;
  }
  /// The rank of the merge that is due, which is done; kNever where none is.
  std::uint32_t step(const MergeTable& table) {
    const auto* const front = table.find(symbols[0], symbols[1]);
    const auto* const back = count == 3 ? table.find(symbols[1], symbols[2]) : nullptr;
    if (front == nullptr && back == nullptr) return kNever;
    const bool at_front = back == nullptr || (front != nullptr && front->rank <= back->rank);
    const auto merge = at_front ? *front : *back;
    symbols[at_front ? 0 : 1] = merge.id;
    if (at_front) symbols[1] = symbols[2];
    --count;
    return merge.rank;
  }
};

std::uint32_t whole_character(std::uint32_t point, const MergeTable& table, const OuterMerges& outer,
                              std::span<const std::int64_t, 256> byte_ids) {
  Merging character;
  if (!character.begin(point, byte_ids)) return WholeCharacters::kNone;
  std::uint32_t last_inside = 0, first_outside = kNever;
  const auto look_outside = [&] {
    first_outside = std::min({first_outside, outer.first_before(character.symbols[0]),
                              outer.first_after(character.symbols[character.count - 1])});
  };
  look_outside();
  while (character.count > 1) {
    const std::uint32_t rank = character.step(table);
    if (rank == kNever) return WholeCharacters::kNone;
    last_inside = std::max(last_inside, rank);
    look_outside();
  }
  return last_inside < first_outside ? character.symbols[0] : WholeCharacters::kNone;
}

}  // namespace

WholeCharacters::WholeCharacters(const MergeTable& table, std::span<const TokenPair> merges,
                                 std::span<const std::int64_t, 256> byte_ids)
    : ids_(kPoints, kNone) {
  // Bytes that have no token are left out, so that what stands beside a character could be anything.
  if (std::any_of(byte_ids.begin(), byte_ids.end(), [](std::int64_t id) { return id < 0; })) return;
  const OuterMerges outer(merges);
  for (std::uint32_t point = kFirstPoint; point < kPoints; ++point)
    ids_[point] = whole_character(point, table, outer, byte_ids);
}

}  // namespace hone
