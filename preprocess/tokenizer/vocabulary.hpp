#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

/// Ids of tokens by their bytes: a hash table with open addressing over one buffer of all bytes, so that
/// hundreds of thousands of tokens load at once. Filled first, then read by many threads.
class Vocabulary {
 public:
  using Id = std::uint32_t;

  /// Room for `tokens` insertions.
  explicit Vocabulary(std::size_t tokens);

  /// A token that is there already gets the new id.
  void insert(std::string_view bytes, Id id);
  std::optional<Id> find(std::string_view bytes) const;

 private:
  struct Slot {
    std::uint32_t hash = 0, id = 0;
    std::uint32_t begin = 0, length = kEmpty;  // in bytes_
  };
  static constexpr std::uint32_t kEmpty = ~std::uint32_t{0};

  std::size_t place_of(std::string_view bytes, std::uint32_t hash) const;

  std::vector<Slot> slots_;
  std::string bytes_;
};

}  // namespace hone
