#include <gtest/gtest.h>
#include <utf8proc.h>

#include <array>
#include <map>
#include <set>

#include "preprocess/tokenizer/merge_table.hpp"
#include "preprocess/tokenizer/nfc.hpp"
#include "preprocess/tokenizer/short_word_cache.hpp"
#include "preprocess/tokenizer/vocabulary.hpp"
#include "preprocess/tokenizer/word_cache.hpp"

namespace hone {
namespace {

std::string utf8_of(std::int32_t point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(point, bytes.data());
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length)};
}

// Characters that may merge with one before them: the second halves of canonical decompositions, and Hangul's
// vowels and final consonants.
std::set<std::int32_t> second_halves() {
  std::set<std::int32_t> points;
  for (std::int32_t point = 0x1161; point <= 0x11C2; ++point) points.insert(point);
  for (std::int32_t point = 0; point < 0x110000; ++point) {
    std::array<utf8proc_int32_t, 32> parts{};
    int boundary = 0;
    const auto count = utf8proc_decompose_char(point, parts.data(), 32, UTF8PROC_DECOMPOSE, &boundary);
    const bool hangul = point >= 0xAC00 && point <= 0xD7A3;
    for (int i = 1; !hangul && i < count; ++i) points.insert(parts[static_cast<std::size_t>(i)]);
  }
  return points;
}

TEST(Nfc, NoCharacterThatCouldChangePassesAsSurelyComposed) {
  const auto seconds = second_halves();
  int passed = 0;
  for (std::int32_t point = 0; point < 0x110000; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    const std::string text = utf8_of(point);
    if (!is_surely_nfc(text)) continue;
    ++passed;
    EXPECT_EQ(to_nfc(text), text) << point;
    EXPECT_EQ(utf8proc_get_property(point)->combining_class, 0) << point;
    EXPECT_FALSE(seconds.contains(point)) << point;
  }
  EXPECT_GT(passed, 40000);
}

TEST(Nfc, ComposesAndReorders) {
  EXPECT_FALSE(is_surely_nfc("e\u0301"));
  EXPECT_EQ(to_nfc("e\u0301"), "\u00E9");
  EXPECT_EQ(to_nfc("a\u0315\u0300"), "\u00E0\u0315");
}

TEST(MergeTable, FindsWhatWasInsertedAndNothingElse) {
  MergeTable table(3000);
  for (std::uint32_t i = 0; i < 3000; ++i) table.insert(i, i * 7 % 3000, {i, i + 5000});
  table.insert(3, 21, {4000, 8003});  // again: the later one counts
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const auto* merge = table.find(i, i * 7 % 3000);
    ASSERT_NE(merge, nullptr);
    EXPECT_EQ(merge->rank, i == 3 ? 4000 : i);
    EXPECT_EQ(merge->id, i == 3 ? 8003 : i + 5000);
    EXPECT_EQ(table.find(i, i * 7 % 3000 + 3000), nullptr);
  }
}

std::span<const std::uint32_t> find(const WordCache& cache, std::string_view word) {
  return cache.find(word, WordCache::slot_of(word));
}
void put(WordCache& cache, std::string_view word, std::span<const std::uint32_t> ids) {
  cache.put(word, WordCache::slot_of(word), ids);
}

TEST(WordCache, GivesBackOnlyTheWordsOwnIds) {
  WordCache cache;
  std::vector<std::uint32_t> ids;
  for (std::uint32_t i = 0; i < 400000; ++i) put(cache, "word" + std::to_string(i), ids = {i, i + 1});
  int kept = 0;
  for (std::uint32_t i = 0; i < 400000; ++i) {
    const auto found = find(cache, "word" + std::to_string(i));
    if (found.empty()) continue;
    ++kept;
    ASSERT_EQ(std::vector(found.begin(), found.end()), (std::vector<std::uint32_t>{i, i + 1}));
  }
  EXPECT_GT(kept, 15000);
  EXPECT_TRUE(find(cache, "").empty());
}

TEST(WordCache, LeavesOutWhatASlotCannotHold) {
  WordCache cache;
  const std::vector<std::uint32_t> few = {1}, many(WordCache::kMaxIds + 1, 1);
  const std::string longest(WordCache::kMaxWordBytes, 'a');
  put(cache, longest + "a", few);
  put(cache, "b", many);
  put(cache, longest, few);
  EXPECT_TRUE(find(cache, longest + "a").empty());
  EXPECT_TRUE(find(cache, "b").empty());
  EXPECT_EQ(find(cache, longest).size(), 1u);
}

TEST(ShortWordCache, GivesBackOnlyTheWordsOwnIds) {
  ShortWordCache cache;
  const auto word_of = [](std::uint32_t i) { return (i % 2 == 0 ? "w" : "someword") + std::to_string(i); };
  for (std::uint32_t i = 0; i < 400000; ++i) {
    const ShortWord word = ShortWord::of(word_of(i));
    std::vector<std::uint32_t> ids(i % ShortWordCache::kMaxIds + 1, i);
    cache.put(word, ShortWordCache::place_of(word), ids);
  }
  int kept = 0;
  for (std::uint32_t i = 0; i < 400000; ++i) {
    const ShortWord word = ShortWord::of(word_of(i));
    std::array<std::uint32_t, ShortWordCache::kMaxIds> ids{};
    const std::size_t count = cache.find(word, ShortWordCache::place_of(word), ids.data());
    if (count == 0) continue;
    ++kept;
    ASSERT_EQ(count, i % ShortWordCache::kMaxIds + 1);
    for (std::size_t k = 0; k < count; ++k) ASSERT_EQ(ids[k], i);
  }
  EXPECT_GT(kept, 30000);
}

TEST(ShortWordCache, KeepsTheTwoLatestWordsOfAPlace) {
  std::map<std::size_t, std::vector<ShortWord>> by_place;
  std::vector<ShortWord> same;
  for (std::uint32_t i = 0; same.size() < 3; ++i) {
    const ShortWord word = ShortWord::of(std::to_string(i) + "w");
    auto& words = by_place[ShortWordCache::place_of(word)];
    words.push_back(word);
    if (words.size() == 3) same = words;
  }
  const std::size_t place = ShortWordCache::place_of(same[0]);
  ShortWordCache cache;
  for (std::uint32_t i = 0; i < 3; ++i) cache.put(same[i], place, std::vector<std::uint32_t>{i});
  std::array<std::uint32_t, ShortWordCache::kMaxIds> ids{};
  EXPECT_EQ(cache.find(same[0], place, ids.data()), 0u);
  for (const std::uint32_t i : {1u, 2u}) {
    EXPECT_EQ(cache.find(same[i], place, ids.data()), 1u);
    EXPECT_EQ(ids[0], i);
  }
}

TEST(ShortWordCache, TellsWordsApartByTheirLengthToo) {
  using namespace std::string_view_literals;
  const std::vector<std::string_view> words = {""sv,
                                               "\0"sv,
                                               "\0\0"sv,
                                               "a"sv,
                                               "a\0"sv,
                                               "abcdefgh"sv,
                                               "abcdefgh\0"sv,
                                               "abcdefghijklmno"sv,
                                               "abcdefghijklmn\0"sv,
                                               "abcdefghijklmn"sv};
  for (const std::string_view one : words) {
    for (const std::string_view other : words) {
      ShortWordCache cache;
      const ShortWord word = ShortWord::of(one), sought = ShortWord::of(other);
      const std::vector<std::uint32_t> ids = {5};
      cache.put(word, ShortWordCache::place_of(word), ids);
      std::array<std::uint32_t, ShortWordCache::kMaxIds> found{};
      if (one == other && !one.empty()) {
        EXPECT_EQ(cache.find(sought, ShortWordCache::place_of(sought), found.data()), 1u);
      } else if (one != other) {
        EXPECT_EQ(cache.find(sought, ShortWordCache::place_of(word), found.data()), 0u);
      }
    }
  }
  const std::string behind = "abcxxxxxxxxxxxxxxx";  // bytes behind a word don't count
  EXPECT_EQ(ShortWord::of(behind.data(), 3).low, ShortWord::of("abc").low);
}

TEST(Vocabulary, FindsEveryTokenByItsBytesAndKeepsTheLastId) {
  Vocabulary vocabulary(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) vocabulary.insert(std::string(i % 7, 'x') + std::to_string(i), i);
  vocabulary.insert("xx2", 5000);
  for (std::uint32_t i = 0; i < 1000; ++i)
    ASSERT_EQ(vocabulary.find(std::string(i % 7, 'x') + std::to_string(i)), i == 2 ? 5000 : i);
  EXPECT_FALSE(vocabulary.find("y"));
  EXPECT_FALSE(vocabulary.find(""));
}

}  // namespace
}  // namespace hone
