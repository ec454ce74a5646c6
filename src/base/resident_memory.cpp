#include "base/resident_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace hone {
namespace {

// The kernel holds up other threads that map memory for as long as one call takes.
constexpr std::size_t kBytesPerCall = std::size_t{16} << 20;

}  // namespace

ResidentMemory::ResidentMemory(std::size_t bytes) : bytes_(bytes) {
  if (bytes_ == 0) return;
  data_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data_ == MAP_FAILED) throw std::bad_alloc();
  ::madvise(data_, bytes_, MADV_HUGEPAGE);
}

ResidentMemory::~ResidentMemory() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

void ResidentMemory::populate() const {
#ifdef MADV_POPULATE_WRITE
  for (std::size_t done = 0; done < bytes_; done += kBytesPerCall) {
    if (::madvise(static_cast<char*>(data_) + done, std::min(kBytesPerCall, bytes_ - done),
                  MADV_POPULATE_WRITE) != 0)
      return;
  }
#endif
}

}  // namespace hone
