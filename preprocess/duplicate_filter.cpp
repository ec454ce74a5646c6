#include "preprocess/duplicate_filter.hpp"

#include <charconv>
#include <string>

#include "base/sha256.hpp"

namespace hone {

bool DuplicateFilter::seen_before(const Row& row) {
  Sha256 hash;
  hash.update(row.ids.data(), row.ids.size() * sizeof(std::uint32_t));
  hash.update(row.loss_mask.data(), row.loss_mask.size());  // the lengths follow: one byte for each four
  const std::string digest = hash.finish();
  Key key{};
  for (std::size_t i = 0; i < key.size(); ++i)
    std::from_chars(digest.data() + 16 * i, digest.data() + 16 * (i + 1), key[i], 16);
  return !seen_.insert(key).second;
}

}  // namespace hone
