#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace hone {

/// Which of the checkpoints `steps` go when `limit` may stay (0: all may), in ascending order. `newest` and
/// `best` never go, even where that leaves one more than the limit; of the others the lowest steps go first.
std::vector<std::int64_t> checkpoints_to_remove(std::vector<std::int64_t> steps, std::int64_t limit,
                                                std::int64_t newest, std::optional<std::int64_t> best);

}  // namespace hone
