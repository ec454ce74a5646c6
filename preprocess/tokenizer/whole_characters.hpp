#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "preprocess/tokenizer/merge_table.hpp"

namespace hone {

/// Two tokens and the one that they become.
struct TokenPair {
  std::uint32_t left, right, both;
  char last_of_left, first_of_right;  // bytes
};

/// Characters of two or three bytes whose bytes byte-pair encoding merges into one token before it merges any
/// of them with what stands beside the character, whatever that is as long as it isn't ASCII. A word may
/// begin with these whole, which spares most of the merges of scripts that write no spaces.
///
/// A character is one of them if its last merge comes before every merge in the table that joins one of its
/// fragments, or the character itself, to a token outside of it. As long as it is in pieces a merge inside of
/// it is then always due before one across its edge; and merges elsewhere don't depend on when that is.
class WholeCharacters {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = std::numeric_limits<Id>::max();

  /// `merges` in order of rank; `byte_ids`: the token of each byte, or -1.
  WholeCharacters(const MergeTable& table, std::span<const TokenPair> merges,
                  std::span<const std::int64_t, 256> byte_ids);

  /// The token of a character that is merged first, or kNone.
  Id find(std::uint32_t point) const { return point < ids_.size() ? ids_[point] : kNone; }

 private:
  std::vector<Id> ids_;  // by code point
};

}  // namespace hone
