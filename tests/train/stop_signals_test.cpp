#include "train/stop_signals.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <initializer_list>

namespace hone {
namespace {

constexpr int kRunTimeFailure = 1, kAlive = 42;

// In a process of its own: signals are remembered for good.
void receive(std::initializer_list<int> signals, int first) {
  catch_stop_signals();
  if (stop_signal() != 0) std::_Exit(EXIT_SUCCESS);
  for (const int signal : signals) raise(signal);
  std::_Exit(stop_signal() == first ? kAlive : EXIT_SUCCESS);
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

// A batch system says SIGUSR1 first, SIGTERM when time is up: the save in between must come to its end.
TEST(StopSignalsDeathTest, AWarningBeforehandDoesNotCountAsTheFirst) {
  EXPECT_EXIT(receive({SIGUSR1, SIGUSR1, SIGTERM}, SIGUSR1), testing::ExitedWithCode(kAlive), "");
  EXPECT_EXIT(receive({SIGUSR1, SIGTERM, SIGTERM}, 0), testing::ExitedWithCode(kRunTimeFailure), "at once");
}

}  // namespace
}  // namespace hone
