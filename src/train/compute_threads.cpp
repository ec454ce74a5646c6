#include "train/compute_threads.hpp"

#include <algorithm>

namespace hone {

int compute_threads(int affinity, int host, int local_ranks) {
  return affinity < host ? std::max(1, affinity) : std::max(1, host / std::max(1, local_ranks));
}

}  // namespace hone
