#include "preprocess/tokenizer/bpe_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

namespace hone {
namespace {

using Id = std::uint32_t;

/// A vocabulary of all bytes and of random merges, most of them of bytes that stand together in the letters.
struct RandomMerges {
  const std::vector<std::string> letters = {"é", "ж", "你", "佡", "件", "い", "a", "b"};
  std::vector<std::string> tokens;
  std::vector<TokenPair> pairs;
  std::mt19937 random;

  explicit RandomMerges(unsigned seed) : random(seed) {
    for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
    for (int i = 0; i < 400; ++i) try_merge(text(4));
  }
  std::string text(std::size_t most) {
    std::string text;
    for (std::size_t count = random() % most + 1; count > 0; --count)
      text += letters[random() % letters.size()];
    return text;
  }
  // Merges two neighbours of what the merges so far make of a text.
  void try_merge(const std::string& text) {
    const std::vector<Id> ids = encoded(text);
    if (ids.size() < 2) return;
    const std::size_t at = random() % (ids.size() - 1);
    const std::string both = tokens[ids[at]] + tokens[ids[at + 1]];
    if (std::find(tokens.begin(), tokens.end(), both) != tokens.end()) return;
    pairs.push_back({ids[at], ids[at + 1], static_cast<Id>(tokens.size()), tokens[ids[at]].back(),
                     tokens[ids[at + 1]].front()});
    tokens.push_back(both);
  }
  // By the definition: the neighbours whose merge has the lowest rank, leftmost first, until there are none.
  std::vector<Id> encoded(const std::string& text) const {
    std::vector<Id> ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    while (true) {
      std::size_t best = pairs.size(), place = 0;
      for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
        const auto found =
            std::find_if(pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(best),
                         [&](const TokenPair& p) { return p.left == ids[i] && p.right == ids[i + 1]; });
        const auto rank = static_cast<std::size_t>(found - pairs.begin());
        if (rank < best) {
          best = rank;
          place = i;
        }
      }
      if (best == pairs.size()) return ids;
      ids[place] = pairs[best].both;
      ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(place) + 1);
    }
  }
  BpeModel model() const {
    Vocabulary vocabulary(tokens.size());
    for (Id id = 0; id < tokens.size(); ++id) vocabulary.insert(tokens[id], id);
    return BpeModel(std::move(vocabulary), pairs, false);
  }
};

TEST(BpeModel, MergesAsTheDefinitionSaysWhateverTheTable) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    RandomMerges merges(seed);
    const BpeModel model = merges.model();
    for (int i = 0; i < 150; ++i) {
      const std::string text = merges.text(i % 10 == 0 ? 40 : 8);
      std::vector<Id> ids;
      model.encode_word(text, ids);
      ASSERT_EQ(ids, merges.encoded(text)) << text << ", seed " << seed;
    }
  }
}

TEST(WholeCharacters, AreThoseThatNothingOutsideCanBreak) {
  // "你" is E4 BD A0: merged by ranks 0 and 1. A merge of its last byte with the next lead byte comes later
  // in the first table and earlier in the second one.
  const std::vector<TokenPair> inside = {{0xE4, 0xBD, 256, '\xE4', '\xBD'}, {256, 0xA0, 257, '\xBD', '\xA0'}};
  const TokenPair across = {0xA0, 0xE4, 258, '\xA0', '\xE4'};
  std::array<std::int64_t, 256> bytes{};
  for (int i = 0; i < 256; ++i) bytes[static_cast<std::size_t>(i)] = i;
  const auto found = [&](const std::vector<TokenPair>& pairs) {
    MergeTable table(pairs.size());
    for (std::uint32_t rank = 0; rank < pairs.size(); ++rank)
      table.insert(pairs[rank].left, pairs[rank].right, {rank, pairs[rank].both});
    return WholeCharacters(table, pairs, bytes).find(0x4F60);
  };
  EXPECT_EQ(found({inside[0], inside[1], across}), 257U);
  EXPECT_EQ(found({across, inside[0], inside[1]}), WholeCharacters::kNone);
  EXPECT_EQ(found({inside[0], across, inside[1]}), WholeCharacters::kNone);
}

}  // namespace
}  // namespace hone
