#pragma once

#include <array>
#include <cstdint>

#include "dataset/row.hpp"

namespace hone {

/// 128 bits of a SHA-256: the same for rows with the same ids and the same targets, wherever they come from.
using RowDigest = std::array<std::uint64_t, 2>;

RowDigest digest_of(const Row& row);

}  // namespace hone
