#include "comm/largest_allocation.hpp"

#include <cstdlib>
#include <new>

namespace hone {

std::atomic<std::size_t> largest_allocation = 0;

}  // namespace hone

void* operator new(std::size_t bytes) {
  if (bytes > hone::largest_allocation) hone::largest_allocation = bytes;
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
