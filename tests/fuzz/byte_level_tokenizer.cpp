#include "fuzz/byte_level_tokenizer.hpp"

#include <limits>

namespace hone {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

std::string utf8_of(unsigned point) {
  if (point < 0x80) return {static_cast<char>(point)};
  return {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
}

// As GPT-2 spells bytes (Radford et al. 2019).
std::string spelt(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    unsigned point = byte;
    if (byte <= 0x20) point = 0x100U + byte;
    if (byte >= 0x7F && byte <= 0xA0) point = 0x121U + (byte - 0x7FU);
    if (byte == 0xAD) point = 0x143U;
    text += utf8_of(point);
  }
  return text;
}

}  // namespace

ByteLevelVocabulary::ByteLevelVocabulary(std::vector<Pair> merges) : merges_(std::move(merges)) {
  for (unsigned byte = 0; byte < 256; ++byte) ids_.emplace(std::string(1, static_cast<char>(byte)), byte);
  for (std::size_t rank = 0; rank < merges_.size(); ++rank) {
    ranks_[merges_[rank]] = rank;  // the later one counts
    ids_.emplace(merges_[rank].first + merges_[rank].second, size());
  }
}

Json ByteLevelVocabulary::json(Json rest, bool ignore_merges) const {
  Json vocabulary = Json::object(), merges = Json::array();
  for (const auto& [bytes, id] : ids_) vocabulary[spelt(bytes)] = id;
  for (const auto& [left, right] : merges_) merges.push_back(Json::array({spelt(left), spelt(right)}));
  rest["model"] = {
      {"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}, {"ignore_merges", ignore_merges}};
  return rest;
}

std::vector<std::uint32_t> ByteLevelVocabulary::encode(std::string_view word, bool ignore_merges) const {
  if (const auto whole = ids_.find(word); ignore_merges && whole != ids_.end()) return {whole->second};
  std::vector<std::string> parts;
  for (const char c : word) parts.emplace_back(1, c);
  while (true) {
    std::size_t best = kNone, place = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = ranks_.find({parts[i], parts[i + 1]});
      if (found == ranks_.end() || found->second >= best) continue;
      best = found->second;
      place = i;
    }
    if (best == kNone) break;
    parts[place] += parts[place + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
  std::vector<std::uint32_t> ids;
  for (const std::string& part : parts) ids.push_back(ids_.at(part));
  return ids;
}

}  // namespace hone
