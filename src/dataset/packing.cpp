#include "dataset/packing.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace hone {
namespace {

constexpr std::size_t kWindow = 4096;  // rows

void pack_window(std::span<const std::int64_t> window, std::span<const std::uint32_t> lengths,
                 std::int64_t capacity, std::vector<Pack>& packs) {
  std::vector<std::int64_t> rows(window.begin(), window.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::int64_t a, std::int64_t b) { return lengths[a] > lengths[b]; });
  const std::size_t first = packs.size();
  std::multimap<std::int64_t, std::size_t> open;  // room left -> pack
  for (const std::int64_t row : rows) {
    const auto length = static_cast<std::int64_t>(lengths[row]);
    const auto fit = open.lower_bound(length);
    std::size_t pack = packs.size();
    std::int64_t room = capacity;
    if (fit == open.end()) {
      packs.emplace_back();
    } else {
      std::tie(room, pack) = *fit;
      open.erase(fit);
    }
    packs[pack].push_back(row);
    open.emplace(room - length, pack);
  }
  // Long rows come first by construction; the epoch's own order decides where packs stand.
  std::map<std::int64_t, std::size_t> place;
  for (std::size_t i = 0; i < window.size(); ++i) place[window[i]] = i;
  std::sort(packs.begin() + static_cast<std::ptrdiff_t>(first), packs.end(),
            [&](const Pack& a, const Pack& b) { return place[a.front()] < place[b.front()]; });
}

}  // namespace

std::vector<Pack> pack_best_fit(std::span<const std::int64_t> order, std::span<const std::uint32_t> lengths,
                                std::int64_t capacity) {
  std::vector<Pack> packs;
  for (std::size_t begin = 0; begin < order.size(); begin += kWindow) {
    pack_window(order.subspan(begin, std::min(kWindow, order.size() - begin)), lengths, capacity, packs);
  }
  return packs;
}

}  // namespace hone
