#pragma once

#include <cstddef>

namespace hone {

/// Zeroed memory for one large buffer. Its pages come when first touched, at 0.25 to 3 s a GB where the
/// machine is virtual, or with populate(), which may run beside other work.
class ResidentMemory {
 public:
  /// Throws std::bad_alloc.
  explicit ResidentMemory(std::size_t bytes);
  ~ResidentMemory();
  ResidentMemory(const ResidentMemory&) = delete;
  ResidentMemory& operator=(const ResidentMemory&) = delete;

  void* data() const { return data_; }
  /// Brings every page, in large ones where the system has them, and leaves contents as they are. A system
  /// that can't leaves it to the first touch.
  void populate() const;

 private:
  void* data_ = nullptr;
  std::size_t bytes_;
};

}  // namespace hone
