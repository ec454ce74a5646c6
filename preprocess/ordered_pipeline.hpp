#pragma once

#include <fmt/format.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.hpp"

namespace hone {

/// Throws Error(kRunTimeFailure) when the system gives no more threads; those started stay in `workers`.
template <typename Work>
void start_threads(int threads, const Work& work, std::vector<std::jthread>& workers) {
  try {
    for (int i = 0; i < threads; ++i) workers.emplace_back(work);
  } catch (const std::system_error& error) {
    fail_run(fmt::format("can't start {} threads", threads), error.code().message(),
             "give a lower --threads");
  }
}

/// Memory that an item in flight may take on average before reading waits.
inline constexpr std::size_t kUsualItemBytes = std::size_t{2} << 20;

/// Runs items through worker threads and hands the results on in the items' order, with a bounded number in
/// flight: 2 x threads + 2, and fewer where the sum of their `bytes_of` goes beyond kUsualItemBytes each,
/// down to one that is larger by itself. `read` and `consume` are called on the caller's thread,
/// `make_worker` once in each worker thread. The first exception of any of them ends the run and is rethrown.
template <typename Item, typename Result>
void run_ordered(
    int threads, const std::function<bool(Item&)>& read,
    const std::function<std::function<Result(Item&)>()>& make_worker,
    const std::function<void(Result)>& consume,
    const std::function<std::size_t(const Item&)>& bytes_of = [](const Item&) { return 0; }) {
  std::mutex mutex;
  std::condition_variable work_ready, result_ready;
  std::deque<std::pair<std::uint64_t, Item>> queue;
  std::map<std::uint64_t, Result> done;
  std::exception_ptr failure;
  bool finished = false;

  const auto work = [&] {
    try {
      const std::function<Result(Item&)> worker = make_worker();
      while (true) {
        std::unique_lock lock(mutex);
        work_ready.wait(lock, [&] { return finished || failure || !queue.empty(); });
        if (failure || queue.empty()) return;
        auto [index, item] = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        Result result = worker(item);
        lock.lock();
        done.emplace(index, std::move(result));
        result_ready.notify_one();
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      result_ready.notify_one();
      work_ready.notify_all();
    }
  };
  std::vector<std::jthread> workers;
  const std::uint64_t in_flight = static_cast<std::uint64_t>(threads) * 2 + 2;
  std::uint64_t issued = 0, consumed = 0;
  std::deque<std::size_t> sizes;  // of the items in flight
  std::size_t bytes = 0;
  bool more = true;
  try {
    start_threads(threads, work, workers);
    while (more || consumed < issued) {
      while (more && issued - consumed < in_flight && bytes < in_flight * kUsualItemBytes) {
        Item item;
        more = read(item);
        if (more) bytes += sizes.emplace_back(bytes_of(item));
        const std::lock_guard lock(mutex);
        if (more) queue.emplace_back(issued++, std::move(item));
        work_ready.notify_one();
      }
      if (consumed == issued) continue;
      std::unique_lock lock(mutex);
      result_ready.wait(lock, [&] { return failure || done.contains(consumed); });
      if (failure) break;
      auto node = done.extract(consumed++);
      lock.unlock();
      bytes -= sizes.front();
      sizes.pop_front();
      consume(std::move(node.mapped()));
    }
  } catch (...) {
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex);
    finished = true;
  }
  work_ready.notify_all();
  workers.clear();  // joins
  if (failure) std::rethrow_exception(failure);
}

}  // namespace hone
