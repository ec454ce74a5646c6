#include "preprocess/ordered_pipeline.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <numeric>
#include <string>

#include "base/error.hpp"

namespace hone {
namespace {

using Worker = std::function<int(int&)>;

/// Counts up to `items`, and how many were read but not consumed yet.
struct Flow {
  int items;
  int read = 0, consumed = 0, most_in_flight = 0;
  std::size_t item_bytes = 0;
  std::vector<int> results{};

  void run(int threads, const std::function<Worker()>& make_worker) {
    run_ordered<int, int>(
        threads,
        [&](int& item) {
          if (read == items) return false;
          item = read++;
          most_in_flight = std::max(most_in_flight, read - consumed);
          return true;
        },
        make_worker,
        [&](int result) {
          ++consumed;
          results.push_back(result);
        },
        [this](int) { return item_bytes; });
  }
  void run(int threads, const Worker& worker) {
    run(threads, std::function<Worker()>([&] { return worker; }));
  }
};

std::vector<int> counted(int items) {
  std::vector<int> numbers(static_cast<std::size_t>(items));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

void rest(int microseconds) { std::this_thread::sleep_for(std::chrono::microseconds(microseconds)); }

/// What `run` throws; "" when nothing.
template <typename Run>
std::string thrown(Run run) {
  try {
    run();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(OrderedPipeline, KeepsTheOrderForAnyNumberOfThreads) {
  for (const int threads : {1, 2, 3, 8}) {
    for (const int items : {0, 1, 2, 500}) {
      Flow flow{items};
      flow.run(threads, [](int& item) {
        rest(item * 7919 % 200);  // later items are often done first
        return item;
      });
      EXPECT_EQ(flow.results, counted(items)) << threads << " threads";
    }
  }
}

TEST(OrderedPipeline, HoldsABoundedNumberOfItemsHoweverSlowTheFirstOne) {
  for (const int threads : {1, 4}) {
    Flow flow{200};
    std::atomic<int> others = 0;
    flow.run(threads, [&](int& item) {
      if (item == 0) {
        rest(50'000);
      } else {
        ++others;
      }
      return item;
    });
    EXPECT_EQ(flow.results, counted(200));
    EXPECT_LE(flow.most_in_flight, 2 * threads + 2);
    EXPECT_GE(flow.most_in_flight, threads);  // and keeps every thread busy
    EXPECT_EQ(others, 199);
  }
}

TEST(OrderedPipeline, EachThreadMakesItsWorkerOnceAndItemsAreSharedOut) {
  Flow flow{100};
  std::atomic<int> made = 0, busy = 0, most_busy = 0;
  flow.run(3, std::function<Worker()>([&]() -> Worker {
             ++made;
             return [&](int& item) {
               const int now = ++busy;
               for (int most = most_busy; now > most && !most_busy.compare_exchange_weak(most, now);) {
               }
               rest(1000);
               --busy;
               return item;
             };
           }));
  EXPECT_EQ(made, 3);
  EXPECT_EQ(most_busy, 3);
}

TEST(OrderedPipeline, AWorkersExceptionEndsTheRunAndIsThrownOn) {
  for (const int threads : {1, 4}) {
    Flow flow{1'000'000};
    EXPECT_EQ(thrown([&] {
                flow.run(threads, [](int& item) {
                  if (item == 20) throw std::runtime_error("item 20");
                  return item;
                });
              }),
              "item 20");
    EXPECT_LE(flow.consumed, 20);
    EXPECT_LE(flow.read, 20 + 2 * threads + 2 + 1);
    EXPECT_EQ(flow.results, counted(flow.consumed));
  }
}

TEST(OrderedPipeline, AnExceptionInReadingConsumingOrMakingAWorkerEndsTheRunToo) {
  const std::function<Worker()> make = [] { return [](int& item) { return item; }; };
  int read = 0;
  EXPECT_EQ(thrown([&] {
              run_ordered<int, int>(
                  2, [&](int&) { return read++ < 5 ? true : throw std::runtime_error("read"); }, make,
                  [](int) {});
            }),
            "read");
  EXPECT_EQ(thrown([&] {
              run_ordered<int, int>(
                  2, [](int&) { return true; }, make, [](int) { throw std::runtime_error("consume"); });
            }),
            "consume");
  EXPECT_EQ(thrown([&] {
              run_ordered<int, int>(
                  2, [](int&) { return true; }, []() -> Worker { throw std::runtime_error("make"); },
                  [](int) {});
            }),
            "make");
}

TEST(OrderedPipeline, LargeItemsAreFewerInFlight) {
  const auto most = [](std::size_t bytes) {
    Flow flow{40};
    flow.item_bytes = bytes;
    flow.run(3, [](int& item) {
      rest(200);
      return item;
    });
    EXPECT_EQ(flow.results, counted(40));
    return flow.most_in_flight;
  };
  EXPECT_EQ(most(kUsualItemBytes), 8);
  EXPECT_LE(most(4 * kUsualItemBytes), 2);
  EXPECT_EQ(most(100 * kUsualItemBytes), 1);
}

TEST(OrderedPipeline, ThreadsThatCannotBeStartedAreAnErrorNotAWaitForEver) {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  const rlimit little = {pages * 4096 + (rlim_t{256} << 20), before.rlim_max};
  Flow flow{10};
  setrlimit(RLIMIT_AS, &little);
  const std::string line = thrown([&] { flow.run(2000, [](int& item) { return item; }); });
  setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(line, "can't start 2000 threads (Resource temporarily unavailable); give a lower --threads");
}

}  // namespace
}  // namespace hone
