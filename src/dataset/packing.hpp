#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hone {

/// Rows that go through the model as one row of a batch, laid end to end.
using Pack = std::vector<std::int64_t>;

/// Best-fit decreasing (Johnson 1974; used for language models by Ding et al. 2024) within windows of the
/// order: each row goes into the fullest pack it fits, packs hold at most `capacity` tokens. Windows keep
/// packs near their rows' place in the epoch. A row longer than `capacity` is a pack of its own.
std::vector<Pack> pack_best_fit(std::span<const std::int64_t> order, std::span<const std::uint32_t> lengths,
                                std::int64_t capacity);

}  // namespace hone
