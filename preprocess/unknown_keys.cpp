#include "preprocess/unknown_keys.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/number_text.hpp"
#include "preprocess/message_check.hpp"
#include "preprocess/shown_text.hpp"

namespace hone {
namespace {

constexpr std::size_t kMostNamed = 10;

}  // namespace

void UnknownKeys::add(const std::string& key, const Found& found) {
  const auto known = keys_.find(key);
  if (known != keys_.end()) {
    known->second.count += found.count;
  } else if (keys_.size() < kMostKept) {
    keys_.emplace(key, found);
  } else {
    others_ += found.count;
  }
}

void UnknownKeys::add(const Chat& chat, const RejectedLine& place) {
  for (const OrderedJson& message : chat.messages) {
    for (const auto& [key, value] : message.items()) {
      if (!value.is_null() && !is_known_message_key(key)) add(key, Found{1, place});
    }
  }
}

void UnknownKeys::add(const UnknownKeys& later) {
  for (const auto& [key, found] : later.keys_) add(key, found);
  others_ += later.others_;
}

void UnknownKeys::shift_lines(std::uint64_t lines) {
  for (auto& [key, found] : keys_) found.first.line += lines;
}

void UnknownKeys::warn(const std::vector<std::string>& inputs) const {
  using Entry = std::pair<std::string, Found>;
  std::vector<Entry> entries(keys_.begin(), keys_.end());
  std::ranges::stable_sort(entries, std::greater(), [](const Entry& entry) { return entry.second.count; });
  std::uint64_t others = others_;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [key, found] = entries[i];
    if (i >= kMostNamed) {
      others += found.count;
      continue;
    }
    log::warn(
        "the key '{}' of messages is not known ({} times, first at {}); a template may read it, nothing else "
        "does",
        shown_text(key), count_text(found.count), place_of(inputs, found.first));
  }
  if (others > 0) log::warn("... and {} more unknown keys of messages", count_text(others));
}

}  // namespace hone
