#pragma once

#include <functional>

namespace hone {

/// The processes of one launch, which see the same files; alone by default.
struct Team {
  int rank = 0, size = 1;
  std::function<void()> barrier = [] {};

  bool leads() const { return rank == 0; }
};

}  // namespace hone
