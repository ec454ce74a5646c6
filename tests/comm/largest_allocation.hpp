#pragma once

#include <atomic>
#include <cstddef>

namespace hone {

/// In bytes, by `new` on any thread of the program since a test set it to 0.
extern std::atomic<std::size_t> largest_allocation;

}  // namespace hone
