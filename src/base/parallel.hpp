#pragma once

#include <cstdint>
#include <functional>

namespace hone {

/// Cuts [0, count) into at most `threads` runs and calls f(begin, end) for each on a thread of its own. When
/// all have ended, throws what the first run that failed threw.
void parallel_ranges(std::int64_t count, int threads,
                     const std::function<void(std::int64_t begin, std::int64_t end)>& f);

}  // namespace hone
