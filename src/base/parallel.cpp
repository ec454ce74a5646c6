#include "base/parallel.hpp"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace hone {

void parallel_ranges(std::int64_t count, int threads,
                     const std::function<void(std::int64_t, std::int64_t)>& f) {
  const std::int64_t runs = std::clamp<std::int64_t>(threads, 1, std::max<std::int64_t>(count, 1));
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(runs));
  const auto run = [&](std::int64_t i) {
    try {
      f(count * i / runs, count * (i + 1) / runs);
    } catch (...) {
      failures[static_cast<std::size_t>(i)] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::int64_t i = 1; i < runs; ++i) others.emplace_back(run, i);
    run(0);
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace hone
