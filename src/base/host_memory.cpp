#include "base/host_memory.hpp"

#include <malloc.h>

#include <limits>

namespace hone {

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // glibc's highest; larger pieces always go back
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

}  // namespace hone
