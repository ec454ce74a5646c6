#include "preprocess/tokenizer/bpe_model.hpp"

#include <fmt/format.h>

#include <limits>
#include <queue>
#include <tuple>

#include "base/error.hpp"

namespace hone {
namespace {

constexpr std::uint32_t kNoRank = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kLongWord = 48;  // symbols from which a heap beats scanning

}  // namespace

BpeModel::BpeModel(StringMap<Id> vocabulary, const std::vector<std::pair<std::string, std::string>>& merges,
                   bool ignore_merges)
    : vocabulary_(std::move(vocabulary)), merges_(merges.size()), ignore_merges_(ignore_merges) {
  for (int byte = 0; byte < 256; ++byte) {
    const char text = static_cast<char>(byte);
    const auto found = vocabulary_.find(std::string_view(&text, 1));
    byte_ids_[byte] = found == vocabulary_.end() ? -1 : std::int64_t{found->second};
  }
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const auto l = vocabulary_.find(left), r = vocabulary_.find(right), both = vocabulary_.find(left + right);
    if (l == vocabulary_.end() || r == vocabulary_.end() || both == vocabulary_.end()) {
      fail_data(fmt::format("tokenizer.json: merge {} is not made of vocabulary entries", rank), "",
                "check the tokenizer folder");
    }
    merges_.insert(l->second, r->second, {static_cast<std::uint32_t>(rank), both->second});
  }
}

void BpeModel::encode_word(std::string_view word, std::vector<Id>& ids) const {
  if (ignore_merges_) {
    if (const auto whole = vocabulary_.find(word); whole != vocabulary_.end()) {
      ids.push_back(whole->second);
      return;
    }
  }
  std::vector<Id> symbols;
  symbols.reserve(word.size());
  for (const char c : word) {
    const std::int64_t id = byte_ids_[static_cast<unsigned char>(c)];
    if (id >= 0) symbols.push_back(static_cast<Id>(id));
  }
  if (symbols.size() < kLongWord) {
    merge_short(symbols);
  } else {
    merge_long(symbols);
  }
  ids.insert(ids.end(), symbols.begin(), symbols.end());
}

void BpeModel::merge_short(std::vector<Id>& symbols) const {
  std::vector<Merge> pairs(symbols.size(), Merge{kNoRank, 0});
  const auto look_up = [&](std::size_t i) {
    const Merge* merge = i + 1 < symbols.size() ? merges_.find(symbols[i], symbols[i + 1]) : nullptr;
    pairs[i] = merge != nullptr ? *merge : Merge{kNoRank, 0};
  };
  for (std::size_t i = 0; i < symbols.size(); ++i) look_up(i);
  while (true) {
    std::size_t best = symbols.size();
    std::uint32_t best_rank = kNoRank;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (pairs[i].rank < best_rank) {
        best_rank = pairs[i].rank;
        best = i;
      }
    }
    if (best == symbols.size()) return;
    symbols[best] = pairs[best].id;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    pairs.erase(pairs.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    look_up(best);
    if (best > 0) look_up(best - 1);
  }
}

void BpeModel::merge_long(std::vector<Id>& symbols) const {
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
  symbols.resize(kept);
}

}  // namespace hone
