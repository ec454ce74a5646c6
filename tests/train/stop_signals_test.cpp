#include "train/stop_signals.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <thread>

#include "model/ops/linear_cpu.hpp"

namespace hone {
namespace {

constexpr int kRunTimeFailure = 1, kAlive = 42, kNotTaken = 43;

bool pending(int signal) {
  sigset_t signals;
  sigpending(&signals);
  return sigismember(&signals, signal) == 1;
}

// Asleep, as they are when no handler runs in them.
bool other_threads_sleep() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == std::to_string(getpid())) continue;
    std::ifstream file(task.path() / "stat");
    const std::string stat{std::istreambuf_iterator<char>(file), {}};
    if (stat.find(") S ") == std::string::npos) return false;
  }
  return true;
}

// Comes back when its handler has run, in another thread.
void send(int signal) {
  kill(getpid(), signal);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (pending(signal) || !other_threads_sleep()) {
    if (std::chrono::steady_clock::now() > deadline) std::_Exit(kNotTaken);
    std::this_thread::yield();
  }
}

// In a process of its own: signals are remembered for good.
void receive(std::initializer_list<int> signals, int first) {
  catch_stop_signals();
  if (stop_signal() != 0) std::_Exit(EXIT_SUCCESS);
  for (const int signal : signals) send(signal);
  std::_Exit(stop_signal() == first ? kAlive : EXIT_SUCCESS);
}

// Products of unlike sizes, as layers make them, while signals come as fast as they are taken.
void multiply_under_signals() {
  catch_stop_signals();
  std::thread([] {
    while (true) {
      kill(getpid(), SIGUSR1);
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }).detach();
  at::set_num_threads(1);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (std::chrono::steady_clock::now() < end) {
    for (const std::int64_t rows : {37, 90, 150}) {
      const at::Tensor x = at::ones({rows, 44}), up = at::ones({90, 44}), down = at::ones({44, 90});
      const at::Tensor y = ops::linear_cpu(ops::linear_cpu(x, up, {}), down, {});
      if (!y.eq(44 * 90).all().item<bool>()) std::_Exit(EXIT_FAILURE);
    }
  }
  std::_Exit(stop_signal() == SIGUSR1 ? kAlive : EXIT_FAILURE);
}

TEST(StopSignalsDeathTest, TheFirstIsRememberedAndEndsNothing) {
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1})
    EXPECT_EXIT(receive({signal}, signal), testing::ExitedWithCode(kAlive), "");
}

TEST(StopSignalsDeathTest, ASecondToEndEndsAtOnceWithOneLine) {
  for (const auto& signals :
       {std::pair{SIGTERM, SIGTERM}, {SIGINT, SIGINT}, {SIGTERM, SIGINT}, {SIGINT, SIGTERM}}) {
    EXPECT_EXIT(receive({signals.first, signals.second}, 0), testing::ExitedWithCode(kRunTimeFailure),
                "hone-train: error: ended at once .*second SIGTERM or SIGINT");
  }
}

TEST(StopSignalsDeathTest, SignalsThatTheParentHadBlockedAreTakenToo) {
  const auto blocked = [] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    receive({SIGTERM}, SIGTERM);
  };
  EXPECT_EXIT(blocked(), testing::ExitedWithCode(kAlive), "");
}

// A batch system says SIGUSR1 first, SIGTERM when time is up: the save in between must come to its end.
TEST(StopSignalsDeathTest, AWarningBeforehandDoesNotCountAsTheFirst) {
  EXPECT_EXIT(receive({SIGUSR1, SIGUSR1, SIGTERM}, SIGUSR1), testing::ExitedWithCode(kAlive), "");
  EXPECT_EXIT(receive({SIGUSR1, SIGTERM, SIGTERM}, 0), testing::ExitedWithCode(kRunTimeFailure), "at once");
}

// Kernels that use the stack pointer for data would have the handler's frame written into it.
TEST(StopSignalsDeathTest, ProductsUnderWayStayWhole) {
  EXPECT_EXIT(multiply_under_signals(), testing::ExitedWithCode(kAlive), "");
}

}  // namespace
}  // namespace hone
