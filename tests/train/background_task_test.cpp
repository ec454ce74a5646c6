#include "train/background_task.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

namespace hone {
namespace {

using State = BackgroundTask::State;

TEST(BackgroundTask, IsDoneBeforeItStartsAndAfterItsWork) {
  BackgroundTask task;
  EXPECT_EQ(task.state(), State::kDone);
  task.wait();
  const auto go = std::make_shared<std::atomic<bool>>(false);
  task.start([go] {
    while (!*go) std::this_thread::yield();
  });
  EXPECT_EQ(task.state(), State::kRunning);
  *go = true;
  task.wait();
  EXPECT_EQ(task.state(), State::kDone);
  EXPECT_EQ(task.failure(), "");
}

TEST(BackgroundTask, KeepsTheReasonOfAFailureUntilTheNextStart) {
  BackgroundTask task;
  task.start([] { throw std::runtime_error("disk full"); });
  task.wait();
  EXPECT_EQ(task.state(), State::kFailed);
  EXPECT_EQ(task.failure(), "disk full");
  EXPECT_EQ(task.failure(), "disk full");
  task.start([] {});
  task.wait();
  EXPECT_EQ(task.state(), State::kDone);
}

TEST(BackgroundTask, HasLetGoOfWhatItsWorkOwnsWhenItIsDone) {
  for (const bool fails : {false, true}) {
    // A slow end, so that a state that came first would be seen.
    struct Slow {
      std::shared_ptr<std::atomic<bool>> gone;
      ~Slow() {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        *gone = true;
      }
    };
    const auto gone = std::make_shared<std::atomic<bool>>(false);
    BackgroundTask task;
    task.start([owned = std::make_shared<Slow>(gone), fails] {
      if (fails) throw std::runtime_error("disk full");
    });
    task.wait();
    EXPECT_TRUE(*gone);
    EXPECT_EQ(task.state(), fails ? State::kFailed : State::kDone);
  }
}

TEST(BackgroundTask, IsNotWaitedForWhenItsOwnerGoes) {
  const auto go = std::make_shared<std::atomic<bool>>(false),
             ended = std::make_shared<std::atomic<bool>>(false);
  {
    BackgroundTask task;
    task.start([go, ended] {
      while (!*go) std::this_thread::yield();
      *ended = true;
    });
  }
  EXPECT_FALSE(*ended);
  *go = true;
  while (!*ended) std::this_thread::yield();
}

}  // namespace
}  // namespace hone
