#include "dataset/row_digest.hpp"

#include <charconv>
#include <string>

#include "base/sha256.hpp"

namespace hone {

RowDigest digest_of(const Row& row) {
  Sha256 hash;
  hash.update(row.ids.data(), row.ids.size() * sizeof(std::uint32_t));
  hash.update(row.loss_mask.data(), row.loss_mask.size());  // the lengths follow: one byte for each four
  const std::string hex = hash.finish();
  RowDigest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i)
    std::from_chars(hex.data() + 16 * i, hex.data() + 16 * (i + 1), digest[i], 16);
  return digest;
}

}  // namespace hone
