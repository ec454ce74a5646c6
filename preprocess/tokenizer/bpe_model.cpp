#include "preprocess/tokenizer/bpe_model.hpp"

#include <array>
#include <limits>
#include <queue>
#include <tuple>
#include <utility>

#include "preprocess/tokenizer/char_class.hpp"

namespace hone {
namespace {

constexpr std::uint32_t kNoRank = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kLongWord = 48;  // symbols from which a heap beats scanning

std::array<std::int64_t, 256> ids_of_bytes(const Vocabulary& vocabulary) {
  std::array<std::int64_t, 256> ids{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const char text = static_cast<char>(byte);
    const auto found = vocabulary.find(std::string_view(&text, 1));
    ids[byte] = found ? std::int64_t{*found} : -1;
  }
  return ids;
}

MergeTable table_of(std::span<const TokenPair> merges) {
  MergeTable table(merges.size());
  for (std::uint32_t rank = 0; rank < merges.size(); ++rank)
    table.insert(merges[rank].left, merges[rank].right, {rank, merges[rank].both});
  return table;
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

}  // namespace

BpeModel::BpeModel(Vocabulary vocabulary, std::span<const TokenPair> merges, bool ignore_merges)
    : vocabulary_(std::move(vocabulary)),
      merges_(table_of(merges)),
      byte_ids_(ids_of_bytes(vocabulary_)),
      whole_(merges_, merges, byte_ids_),
      ignore_merges_(ignore_merges) {}

void BpeModel::encode_word(std::string_view word, std::vector<Id>& ids) const {
  if (ignore_merges_) {
    if (const auto whole = vocabulary_.find(word)) return ids.push_back(*whole);
  }
  const std::size_t before = ids.size();
  append_symbols(word, ids);
  const std::span<Id> symbols = std::span(ids).subspan(before);
  ids.resize(before + (symbols.size() < kLongWord ? merge_short(symbols) : merge_long(symbols)));
}

void BpeModel::append_symbols(std::string_view word, std::vector<Id>& symbols) const {
  for (std::size_t at = 0; at < word.size();) {
    const Character c = character_at(word, at);
    const Id whole = whole_.find(c.point);
    const bool beside_ascii =
        (at > 0 && is_ascii(word[at - 1])) || (c.end < word.size() && is_ascii(word[c.end]));
    if (whole != WholeCharacters::kNone && !beside_ascii) {
      symbols.push_back(whole);
    } else {
      for (std::size_t i = at; i < c.end; ++i) {
        const std::int64_t id = byte_ids_[static_cast<unsigned char>(word[i])];
        if (id >= 0) symbols.push_back(static_cast<Id>(id));
      }
    }
    at = c.end;
  }
}

// Merges in place; how many symbols are left.
std::size_t BpeModel::merge_short(std::span<Id> symbols) const {
  std::array<std::uint32_t, kLongWord> ranks;  // of the merge of each symbol and the next one
  std::array<Id, kLongWord> merged;
  std::size_t count = symbols.size();
  const auto look_up = [&](std::size_t i) {
    const Merge* merge = i + 1 < count ? merges_.find(symbols[i], symbols[i + 1]) : nullptr;
    ranks[i] = merge != nullptr ? merge->rank : kNoRank;
    if (merge != nullptr) merged[i] = merge->id;
  };
  // The table is larger than the processor's near caches: slots are asked for before any is looked at.
  for (std::size_t i = 0; i + 1 < count; ++i) merges_.prefetch(symbols[i], symbols[i + 1]);
  for (std::size_t i = 0; i < count; ++i) look_up(i);
  while (true) {
    std::size_t best = count;
    std::uint32_t best_rank = kNoRank;
    for (std::size_t i = 0; i < count; ++i) {
      if (ranks[i] < best_rank) {
        best_rank = ranks[i];
        best = i;
      }
    }
    if (best == count) return count;
    symbols[best] = merged[best];
    --count;
    if (best + 1 < count) merges_.prefetch(symbols[best], symbols[best + 2]);
    if (best > 0) merges_.prefetch(symbols[best - 1], symbols[best]);
    for (std::size_t i = best + 1; i < count; ++i) {
      symbols[i] = symbols[i + 1];
      ranks[i] = ranks[i + 1];
      merged[i] = merged[i + 1];
    }
    look_up(best);
    if (best > 0) look_up(best - 1);
  }
}

std::size_t BpeModel::merge_long(std::span<Id> symbols) const {
  const auto count = static_cast<std::int64_t>(symbols.size());
  std::vector<std::int64_t> previous(symbols.size()), next(symbols.size());
  std::vector<bool> alive(symbols.size(), true);
  // (rank, position, left, right): entries whose symbols have changed since are stale and skipped.
  using Entry = std::tuple<std::uint32_t, std::int64_t, Id, Id>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  const auto push = [&](std::int64_t i) {
    if (i < 0 || next[i] >= count) return;
    const Id left = symbols[i], right = symbols[next[i]];
    if (const Merge* merge = merges_.find(left, right)) queue.emplace(merge->rank, i, left, right);
  };
  for (std::int64_t i = 0; i < count; ++i) {
    previous[i] = i - 1;
    next[i] = i + 1;
  }
  for (std::int64_t i = 0; i < count; ++i) push(i);
  while (!queue.empty()) {
    const auto [rank, i, left, right] = queue.top();
    queue.pop();
    if (!alive[i] || next[i] >= count || symbols[i] != left || symbols[next[i]] != right) continue;
    const std::int64_t gone = next[i];
    symbols[i] = merges_.find(left, right)->id;
    alive[gone] = false;
    next[i] = next[gone];
    if (next[i] < count) previous[next[i]] = i;
    push(i);
    push(previous[i]);
  }
  std::size_t kept = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (alive[i]) symbols[kept++] = symbols[i];
  }
  return kept;
}

}  // namespace hone
