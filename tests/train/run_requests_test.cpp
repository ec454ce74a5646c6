#include "train/run_requests.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "comm/test_session.hpp"
#include "train/stop_signals.hpp"

namespace hone {
namespace {

using Clock = RunRequests::Clock;

class RunRequestsTest : public testing::Test {
 protected:
  void SetUp() override {
    output_ = comm_.broadcast_string(
        (std::filesystem::path(testing::TempDir()) / ("hone-requests-" + std::to_string(::getpid())))
            .string());
    std::filesystem::create_directories(output_);
    comm_.barrier();
  }
  void TearDown() override {
    comm_.barrier();
    if (comm_.rank() == 0) std::filesystem::remove_all(output_);
  }

  RunRequests make(double max_hours = 0, double hours_ago = 0) {
    const auto ago =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(3600 * hours_ago));
    return {output_, max_hours, Clock::now() - ago, comm_};
  }
  // By rank 0, before the others go on.
  void create(const char* name) {
    if (comm_.rank() == 0) std::ofstream(output_ / name) << "";
    comm_.barrier();
  }

  Communicator& comm_ = test_session().communicator();
  std::filesystem::path output_;
};

TEST_F(RunRequestsTest, TheSumIsThatOfTheRanksAndNothingIsAskedFor) {
  RunRequests requests = make();
  const double ranks = comm_.size();
  EXPECT_EQ(requests.sum_and_agree(comm_.rank() + 0.5), ranks * (ranks - 1) / 2 + 0.5 * ranks);
  EXPECT_FALSE(requests.stop());
  EXPECT_FALSE(requests.take_save());
}

TEST_F(RunRequestsTest, AStopFileIsSeenByAllAndStays) {
  create("STOP");
  RunRequests requests = make();
  requests.sum_and_agree(0);
  EXPECT_EQ(requests.stop(), Request::kStopFile);
  comm_.barrier();
  EXPECT_TRUE(std::filesystem::exists(output_ / "STOP"));
}

TEST_F(RunRequestsTest, ASaveFileAsksAllOnceAndGoesWhenItsCheckpointIsBegun) {
  create("SAVE");
  RunRequests requests = make();
  requests.sum_and_agree(0);
  EXPECT_TRUE(std::filesystem::exists(output_ / "SAVE"));  // a job killed now was not heard
  comm_.barrier();
  EXPECT_FALSE(requests.stop());
  EXPECT_TRUE(requests.take_save());
  comm_.barrier();
  EXPECT_FALSE(std::filesystem::exists(output_ / "SAVE"));
  std::this_thread::sleep_for(std::chrono::milliseconds(1050));  // files are looked at once a second
  requests.sum_and_agree(0);
  EXPECT_FALSE(requests.take_save());
}

TEST_F(RunRequestsTest, TheFilesAreLookedAtOnceASecondAtMost) {
  RunRequests requests = make();
  const auto before = Clock::now();
  requests.sum_and_agree(0);
  create("SAVE");
  requests.sum_and_agree(0);
  const bool early = comm_.all_reduce_scalar(Clock::now() - before < std::chrono::seconds(1) ? 0 : 1) == 0;
  EXPECT_FALSE(early && requests.take_save());
  std::this_thread::sleep_for(std::chrono::milliseconds(1050));
  requests.sum_and_agree(0);
  EXPECT_TRUE(requests.take_save());
}

TEST_F(RunRequestsTest, WhatWasMeantForAnEarlierLaunchIsRemoved) {
  create("STOP");
  create("SAVE");
  if (comm_.rank() == 0) remove_earlier_requests(output_);
  comm_.barrier();
  RunRequests requests = make();
  requests.sum_and_agree(0);
  EXPECT_FALSE(requests.stop());
  EXPECT_FALSE(requests.take_save());
}

TEST_F(RunRequestsTest, TimeIsUpWhatAStepAndACheckpointTakeBeforeTheLimit) {
  RunRequests requests = make(/*max_hours=*/2, /*hours_ago=*/1);
  requests.reserve(0.9 * 3600);
  requests.sum_and_agree(0);
  EXPECT_FALSE(requests.stop());
  requests.reserve(1.1 * 3600);
  requests.sum_and_agree(0);
  EXPECT_EQ(requests.stop(), Request::kTimeUp);
}

TEST_F(RunRequestsTest, TimeDoesNotCountBeforeTheFirstStepSoThatEveryLaunchGetsFurther) {
  RunRequests requests = make(/*max_hours=*/0.5, /*hours_ago=*/1);
  requests.sum_and_agree(0);
  EXPECT_FALSE(requests.stop());
  requests.reserve(0);
  requests.sum_and_agree(0);
  EXPECT_EQ(requests.stop(), Request::kTimeUp);
}

TEST_F(RunRequestsTest, TheClockOfRankZeroDecides) {
  RunRequests requests = make(/*max_hours=*/0.5, /*hours_ago=*/comm_.rank() == 0 ? 0 : 1);
  requests.reserve(0);
  requests.sum_and_agree(0);
  EXPECT_FALSE(requests.stop());
}

// The last test: a signal is remembered for good.
TEST_F(RunRequestsTest, ASignalToOneRankStopsAll) {
  catch_stop_signals();
  RunRequests requests = make();
  if (comm_.rank() == comm_.size() - 1) {
    kill(getpid(), SIGUSR1);
    while (stop_signal() == 0) std::this_thread::yield();  // another thread takes it
  }
  requests.sum_and_agree(0);
  EXPECT_EQ(requests.stop(), Request::kUserSignal);
}

}  // namespace
}  // namespace hone
