#include "dataset/content_digest.hpp"

#include <bit>

namespace hone {

static_assert(std::endian::native == std::endian::little, "digests are defined over little-endian values");

void ContentDigest::add(const Row& row) {
  const auto length = static_cast<std::uint32_t>(row.ids.size());
  sha256_.update(&length, sizeof length);
  sha256_.update(row.ids.data(), row.ids.size() * sizeof(std::uint32_t));
  sha256_.update(row.loss_mask.data(), row.loss_mask.size());
  sha256_.update(&row.source_file, sizeof row.source_file);
  sha256_.update(&row.source_line, sizeof row.source_line);
}

}  // namespace hone
