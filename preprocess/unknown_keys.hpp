#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "preprocess/conversation.hpp"
#include "preprocess/rejected_line.hpp"

namespace hone {

/// Keys of messages whose meaning is not known: counted, and told of once each.
class UnknownKeys {
 public:
  /// Those of a chat that stands at `place`.
  void add(const Chat& chat, const RejectedLine& place);
  /// Those of what comes behind in the input.
  void add(const UnknownKeys& later);

  /// Counts the places on from `lines`.
  void shift_lines(std::uint64_t lines);

  /// A warning for each, and one for those beyond the first ten.
  void warn(const std::vector<std::string>& inputs) const;

  /// Hands what it holds to a BinaryWriter or BinaryReader.
  template <typename Archive>
  void archive(Archive& archive) {
    archive(keys_, others_);
  }

 private:
  struct Found {
    std::uint64_t count = 0;
    RejectedLine first;

    template <typename Archive>
    void archive(Archive& archive) {
      archive(count, first);
    }
  };
  static constexpr std::size_t kMostKept = 100;
  void add(const std::string& key, const Found& found);

  std::map<std::string, Found> keys_;
  std::uint64_t others_ = 0;  // occurrences of keys beyond those kept
};

}  // namespace hone
